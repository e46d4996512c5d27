import type { INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import { readCursor, storeCursor, type Cursor } from './cursor';
import type { Happened } from './happening';
import { isManual, pollExchange, textOf, warn, type Poll, type PollWork } from './poll';
import type { TaskEndpoint } from '../provider';
import { newestTask } from './sample';
import { advance, sweep, type Sweep } from './sweep';
import { matches, readTriggerSettings, toItem, type TriggerSettings } from './settings';

/** Reports the tasks of a service that has lists: each one once, whatever the order of the list. */
export function watchTasks(endpoints: TaskEndpoint[]): PollWork {
	return async (poll) => {
		const settings = readTriggerSettings(poll, endpoints);
		return isManual(poll) ? await newestTask(poll, settings) : await newTasks(poll, settings, endpoints);
	};
}

async function newTasks(poll: Poll, settings: TriggerSettings, known: TaskEndpoint[]): Promise<INodeExecutionData[][] | null> {
	const { context, deadline } = poll;
	const { endpoints, happening, most } = settings;
	const memory = context.getWorkflowStaticData('node');
	// A resource that was taken out and put back starts anew.
	for (const { resource } of known) if (!endpoints.some((endpoint) => endpoint.resource === resource)) delete memory[resource];
	const ended = await Promise.allSettled(
		endpoints.map(async (endpoint) => {
			const cursor = readCursor(memory[endpoint.resource], happening);
			return await sweep(await pollExchange(poll, endpoint), cursor, happening, deadline);
		}),
	);
	const failed = ended.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []));
	if (failed.length === ended.length) throw failed[0];
	const sweeps = ended.flatMap((end, index) => (end.status === 'fulfilled' ? [{ ...end.value, resource: endpoints[index]?.resource ?? '' }] : []));
	for (const problem of [...failed, ...sweeps.flatMap((one) => one.problem ?? [])]) warn(context, `went on without a part of the list: ${textOf(problem)}`);

	const wanted = sweeps.flatMap(({ happened }) => happened).filter((one) => matches(one.task, settings));
	// The oldest first: they are the next that the watermark would pass.
	const reported = wanted.sort((a, b) => a.moment - b.moment).slice(0, most);
	const left = new Set<Happened>(wanted.slice(most));
	for (const one of sweeps) memory[one.resource] = storeCursor(advanced(context, one, left));
	return reported.length === 0 ? null : [reported.map((one) => toItem(one, settings))];
}

function advanced(context: IPollFunctions, one: Sweep & { resource: string }, left: Set<Happened>): Cursor {
	const done = one.happened.filter((happened) => !left.has(happened));
	const isWhole = advance(one, done, one.happened.filter((happened) => left.has(happened)));
	if (!isWhole) warn(context, `has too many tasks of ${one.resource} to remember, and may have passed some over. Let it poll more often.`);
	return one.cursor;
}
