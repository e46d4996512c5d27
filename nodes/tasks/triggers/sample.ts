import type { INodeExecutionData } from 'n8n-workflow';

import { quote, taskError } from '../errors';
import { beginsWithNewest, momentOf, readPage, type Seen } from './happening';
import { pollExchange, type Poll } from './poll';
import type { TaskEndpoint } from '../provider';
import { PAGES_PER_POLL } from './sweep';
import { isEvent, toItem, type TriggerSettings } from './settings';

/** "Fetch Test Event": the newest task that matches, among the pages that a poll may read. Moves nothing. */
export async function newestTask(poll: Poll, settings: TriggerSettings): Promise<INodeExecutionData[][]> {
	const { context } = poll;
	const { endpoints, happening } = settings;
	const ended = await Promise.allSettled(
		endpoints.map(async (endpoint) => await firstPages(poll, endpoint, (seen) => seen.some(({ task }) => isEvent(task, settings)))),
	);
	const failed = ended.find((end) => end.status === 'rejected');
	const seen = ended.flatMap((end) => (end.status === 'fulfilled' ? end.value : []));
	const moment = (one: Seen) => momentOf(one.task, happening) ?? 0;
	const [newest] = seen.filter(({ task }) => isEvent(task, settings)).sort((a, b) => moment(b) - moment(a));
	if (newest) return [[toItem(newest, settings)]];
	if (failed) throw failed.reason;
	throw taskError(context.getNode(), {
		message: `There is no task yet that matches (event ${settings.event}${settings.prefix && `, prefix ${quote(settings.prefix)}`})`,
		hint: 'Make one with the node of this service, or change Event, Resources or the prefix, then fetch again.',
		itemIndex: 0,
		taskState: 'not-created',
		retryable: true,
	});
}

/** The list up to the first page that holds what is looked for, when the list begins with the newest. */
async function firstPages(poll: Poll, endpoint: TaskEndpoint, isEnough: (seen: Seen[]) => boolean): Promise<Seen[]> {
	const exchange = await pollExchange(poll, endpoint);
	const all: Seen[] = [];
	for (let page = 1; page <= PAGES_PER_POLL; page += 1) {
		const { seen, isLast } = await readPage(exchange, page, poll.deadline);
		all.push(...seen);
		if (isLast || (beginsWithNewest(all) && isEnough(all)) || poll.clock.now() >= poll.deadline) break;
	}
	return all;
}
