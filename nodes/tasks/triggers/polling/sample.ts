import type { INodeExecutionData } from 'n8n-workflow';

import { isTaskError, taskError } from '../../model/errors';
import type { Endpoint } from '../../model/service';
import { naming } from '../../util/text';
import { beginsWithNewest, momentOf, readTasks, type ListedTask } from './listed';
import type { Poll } from './poll';
import { PAGES_PER_POLL } from './scan';
import { isEvent, toItems, type PollingSettings } from './settings';

/** "Fetch Test Event": the newest task that matches, among the pages that a poll may read. Moves nothing. */
export async function newestTask(poll: Poll, settings: PollingSettings): Promise<INodeExecutionData[][]> {
	const { endpoints, happening, event, prefix } = settings;
	const isMatch = ({ task }: ListedTask) => isEvent(task, settings);
	const ended = await Promise.allSettled(
		endpoints.map(async (endpoint) => await firstPages(poll, endpoint, (tasks) => tasks.some(isMatch))),
	);
	const failed = ended.find((end) => end.status === 'rejected');
	const found = ended.flatMap((end) => (end.status === 'fulfilled' ? end.value : [])).filter(isMatch);
	const moment = ({ task }: ListedTask) => momentOf(task, happening) ?? 0;
	const [newest] = found.sort((a, b) => moment(b) - moment(a));
	if (newest) return [await toItems(poll.item, [newest], settings)];
	if (failed) throw failed.reason;
	throw taskError(poll.item.node, {
		headline: prefix
			? naming(prefix, (shown) => `No task matches yet (event ${event}, prefix ${shown})`)
			: `No task matches yet (event ${event})`,
		hint: 'Make one with the node of this service, or change Event, Resources or the prefix, then fetch again.',
		itemIndex: 0,
		taskState: 'not-created',
		retryable: true,
	});
}

/** The list up to the first page that holds what is looked for, when the list begins with the newest. */
async function firstPages(
	{ item, deadline }: Poll,
	endpoint: Endpoint,
	isEnough: (tasks: ListedTask[]) => boolean,
): Promise<ListedTask[]> {
	let all: ListedTask[] = [];
	for (let page = 1; page <= PAGES_PER_POLL; page += 1) {
		const part = await readTasks(item, endpoint, page, deadline);
		if (isTaskError(part)) throw part;
		all = all.concat(part.tasks);
		if (part.isLast || (beginsWithNewest(all) && isEnough(all)) || item.clock.now() >= deadline) break;
	}
	return all;
}
