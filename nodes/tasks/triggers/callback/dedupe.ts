import type { IDataObject } from 'n8n-workflow';

import { Recent } from '../../util/recent';

/** Task IDs kept in the process per node and event, and in n8n's static data, where they are written as a whole. */
const KEPT_IN_PROCESS = 10_000;
const KEPT_IN_STATIC_DATA = 200;

/** Nodes and events kept in the process. */
const KEPT_NODES = 100;

/** Which node has reported which tasks: the newest last. */
const reported = new Recent<Set<string>>(KEPT_NODES);

/** One event of one trigger node, and the node's static data as n8n loaded it for this request. */
export interface Reporter {
	/** The same for the same node, whatever it is called. */
	node: string;
	event: string;
	staticData: IDataObject;
}

/**
 * True when the node has reported this event of the task before. The process knows for certain; static data is for
 * what other webhook processes reported, and for the time before a restart. Two processes at the same moment can both
 * say no.
 */
export function wasReported({ node, event, staticData }: Reporter, taskId: string): boolean {
	return (reported.get(keyOf(node, event))?.has(taskId) ?? false) || stored(staticData, event).includes(taskId);
}

/** Remembers that the node reports this event of the task now; false when it has done so before. */
export function report(reporter: Reporter, taskId: string): boolean {
	if (wasReported(reporter, taskId)) return false;
	const { node, event, staticData } = reporter;
	const known = reported.ensure(keyOf(node, event), () => new Set()).add(taskId);
	const [oldest] = known;
	if (known.size > KEPT_IN_PROCESS && oldest !== undefined) known.delete(oldest);
	// A new array: n8n saves what is assigned. With all that the process knows: requests at the same moment have loaded
	// the same static data, and the last one to save wins.
	const newest = [...known].slice(-KEPT_IN_STATIC_DATA);
	staticData[event] = [...new Set([...stored(staticData, event), ...newest])].slice(-KEPT_IN_STATIC_DATA);
	return true;
}

function keyOf(node: string, event: string): string {
	return JSON.stringify([node, event]);
}

function stored(staticData: IDataObject, event: string): string[] {
	const list = staticData[event];
	return Array.isArray(list) ? list.map(String) : [];
}
