import type { INodeExecutionData } from 'n8n-workflow';

import type { Endpoint } from '../../model/service';
import { textOfError } from '../../util/text';
import { storeCursor, type Cursor } from './cursor';
import type { NewTask } from './listed';
import type { Poll, PollWork } from './poll';
import { newestTask } from './sample';
import { advance, scan, type ScanPart } from './scan';
import { matches, readPollingSettings, toItems, type PollingSettings } from './settings';

/** Reports the tasks of a service that has lists: each one once, whatever the order of the list. */
export function watchTasks(endpoints: Endpoint[]): PollWork {
	return async (poll) => {
		const settings = readPollingSettings(poll.item, endpoints);
		return poll.isManual ? await newestTask(poll, settings) : await newTasks(poll, settings, endpoints);
	};
}

/** A part of a scan, and the resource that was scanned. */
type ResourcePart = ScanPart & { resource: string };

async function newTasks(
	poll: Poll,
	settings: PollingSettings,
	known: Endpoint[],
): Promise<INodeExecutionData[][] | null> {
	const { endpoints, most } = settings;
	const memory = poll.memory();
	// A resource that was taken out and put back starts anew.
	for (const { resource } of known) if (!endpoints.some((each) => each.resource === resource)) delete memory[resource];
	const parts = await scanAll(poll, settings);
	const wanted = parts.flatMap(({ found }) => found).filter(({ task }) => matches(task, settings));
	// The oldest first: they are the next that the watermark would pass.
	const reported = wanted.sort((a, b) => a.moment - b.moment).slice(0, most);
	const left = new Set<NewTask>(wanted.slice(most));
	for (const part of parts) memory[part.resource] = storeCursor(advanced(poll, part, left));
	return reported.length === 0 ? null : [await toItems(poll.item, reported, settings)];
}

/** Scans each resource. One that fails is a line in the log; throws when all do. */
async function scanAll(poll: Poll, { endpoints, happening }: PollingSettings): Promise<ResourcePart[]> {
	const memory = poll.memory();
	const ended = await Promise.allSettled(
		endpoints.map(async (endpoint): Promise<ResourcePart> => {
			const { resource } = endpoint;
			return { ...(await scan(poll, endpoint, memory[resource], happening)), resource };
		}),
	);
	const [first] = ended;
	if (first?.status === 'rejected' && ended.every(({ status }) => status === 'rejected')) throw first.reason;
	for (const [index, end] of ended.entries()) {
		const problem: unknown = end.status === 'rejected' ? end.reason : end.value.problem;
		if (problem === undefined) continue;
		poll.warn(`went on without a part of the list of ${endpoints[index]?.resource}: ${textOfError(problem)}`);
	}
	return ended.flatMap((end) => (end.status === 'fulfilled' ? [end.value] : []));
}

function advanced({ warn }: Poll, part: ResourcePart, left: Set<NewTask>): Cursor {
	const isLeft = (one: NewTask) => left.has(one);
	const isWhole = advance(
		part,
		part.found.filter((one) => !isLeft(one)),
		part.found.filter(isLeft),
	);
	if (!isWhole) {
		warn(`has too many tasks of ${part.resource} to remember, and may have passed some over. Let it poll more often.`);
	}
	return part.cursor;
}
