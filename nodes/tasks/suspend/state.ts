import { randomUUID } from 'crypto';
import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import type { Host } from '../item/host';
import type { ItemContext } from '../item/context';
import { nameInExpression } from '../item/workIdentity';
import { isTaskError } from '../model/errors';
import type { Endpoint } from '../model/service';
import { inOrder, withWarning, type Task, type TaskReply } from '../model/task';
import { resultItems } from '../operations/completion';
import { toItems, type OutputSettings } from '../operations/output';
import { asRecord } from '../util/parse';
import { textOfError } from '../util/text';

/** A task that a suspended execution waits for, with what becomes of it: all that is settled when it is submitted. */
export interface SuspendedTask extends IDataObject {
	task: Task;
	output: Pick<OutputSettings, 'simplify' | 'downloadImages' | 'binaryPrefix' | 'fileName' | 'aspectRatio'>;
	/** The item's own fields, where they are to stand beside the task's. */
	own?: IDataObject;
}

/** What a suspended node has submitted; the item of what was refused instead. */
export type SuspendedItem = SuspendedTask | { failed: IDataObject };

/** The state of a suspended node as n8n's database keeps it, in the memory of the node: plain JSON. */
export interface Suspension {
	/** Tells it from others of the same execution, such as those of a loop. */
	id: string;
	resource: string;
	items: SuspendedItem[];
}

/** Key in n8n's memory of the node. */
const KEY = 'suspended';

/** Writes down what the node waits for. */
export function storeSuspension({ memory }: Host, resource: string, items: SuspendedItem[]): void {
	const kept = memory();
	if (kept) kept[KEY] = { id: randomUUID(), resource, items };
}

/** What the node of a callback waits for; undefined when it waits for nothing. */
export function readSuspension({ node, evaluate }: Host): Suspension | undefined {
	const stored = asRecord(evaluate(`{{ $node[${nameInExpression(node)}].context.${KEY} }}`));
	const { id, resource, items } = stored as Partial<Suspension>;
	return Array.isArray(items) ? { id: String(id), resource: String(resource), items } : undefined;
}

/** The tasks among the items. */
export function tasksOf(items: SuspendedItem[]): SuspendedTask[] {
	return items.flatMap((item) => (isTask(item) ? [item] : []));
}

function isTask(item: SuspendedItem): item is SuspendedTask {
	return 'task' in item;
}

/** The item as it stands during the suspension, and as it goes on if the time is up: Wait for Completion takes it. */
export function submittedItem(item: SuspendedItem, index: number): INodeExecutionData {
	const json = isTask(item) ? inOrder({ ...item.own, ...item.task }) : item.failed;
	return { json, pairedItem: { item: index } };
}

/** The items with which the execution goes on, given how their tasks have ended, by task ID. */
export async function endedItems(
	items: SuspendedItem[],
	endpoint: Endpoint,
	ended: Map<string, TaskReply>,
	contextOf: (index: number) => ItemContext,
): Promise<INodeExecutionData[]> {
	const made = items.map(async (item, index) => {
		const reply = isTask(item) ? ended.get(item.task.taskId) : undefined;
		if (!isTask(item) || !reply) return [submittedItem(item, index)];
		return await endedItem(contextOf(index), endpoint, item, reply, index);
	});
	return (await Promise.all(made)).flat();
}

/** How every end becomes one item. */
const ENDS = {
	outputItems: 'perTask',
	onTaskFailed: 'returnItem',
	onPartial: 'return',
	onTimeout: 'returnPending',
	timeoutMs: 0,
};

/**
 * The item of a task that has ended, with its images. What cannot be downloaded is a warning: the run of the node is
 * over, so nobody would see an error.
 */
async function endedItem(
	context: ItemContext,
	endpoint: Endpoint,
	{ task: submitted, output, own }: SuspendedTask,
	{ task, reply }: TaskReply,
	index: number,
): Promise<INodeExecutionData[]> {
	const pairedItem = { item: index };
	const settings = { ...output, ...ENDS, passInputFields: own !== undefined };
	const item: ItemContext = { ...context, itemIndex: index, input: { json: own ?? {} } };
	// The answer to the create, and what it was made of, tell more than later answers.
	const whole = { reply, task: { ...submitted, ...task } };
	try {
		return await resultItems(item, endpoint, { ...whole, timedOut: false }, settings, pairedItem);
	} catch (error) {
		const step = isTaskError(error)
			? error.hint
			: 'Read it again with the operation Get and Download Images switched on.';
		const warned = withWarning(whole.task, `${textOfError(error).replace(/\.$/, '')}. ${step}`);
		return await toItems(
			item,
			endpoint,
			{ ...whole, task: warned },
			{ ...settings, downloadImages: false },
			pairedItem,
		);
	}
}
