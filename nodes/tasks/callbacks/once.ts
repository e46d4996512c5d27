import type { IDataObject } from 'n8n-workflow';

/** Task IDs kept in the process per node and event, and in n8n's static data, where they are written as a whole. */
const KEPT_IN_PROCESS = 10_000;
const KEPT_IN_STATIC_DATA = 200;

/** Nodes and events kept in the process. */
const KEPT_NODES = 100;

/** Which node has told of which tasks: the newest last. */
const reported = new Map<string, Set<string>>();

/** One event of one trigger node, and the node's static data as n8n loaded it for this request. */
export interface Reporter {
	/** The same for the same node, whatever it is called. */
	node: string;
	event: string;
	staticData: IDataObject;
}

/**
 * True when the node has told of this event of the task before. The process knows for certain; static data is for what
 * other webhook processes told, and for the time before a restart. Two processes at the same moment can both say no.
 */
export function wasReported({ node, event, staticData }: Reporter, taskId: string): boolean {
	return (reported.get(keyOf(node, event))?.has(taskId) ?? false) || stored(staticData, event).includes(taskId);
}

/** Remembers that the node tells of this event of the task now; false when it has done so before. */
export function report(reporter: Reporter, taskId: string): boolean {
	if (wasReported(reporter, taskId)) return false;
	const { node, event, staticData } = reporter;
	const key = keyOf(node, event);
	const known = reported.get(key) ?? new Set<string>();
	// Put behind the others, so that the one used least goes first.
	reported.delete(key);
	reported.set(key, known.add(taskId));
	trim(known, KEPT_IN_PROCESS);
	trim(reported, KEPT_NODES);
	// A new array: n8n saves what is assigned. With all that the process knows: requests at the same moment have loaded the
	// same static data, and the last one to save wins.
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

/** Forgets the oldest beyond `size`. */
function trim(collection: Set<string> | Map<string, unknown>, size: number): void {
	for (const key of collection.keys()) {
		if (collection.size <= size) return;
		collection.delete(key);
	}
}
