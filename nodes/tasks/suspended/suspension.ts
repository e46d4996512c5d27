import { randomUUID } from 'crypto';
import type { IDataObject, INodeExecutionData, IWebhookFunctions } from 'n8n-workflow';

import type { ItemExchange, TaskReply } from '../exchange';
import type { OutputSettings } from '../items';
import { toItems } from '../items';
import { asRecord } from '../json';
import { nameInExpression } from '../nodeName';
import { resultItems } from '../result';
import { withWarning, type Task } from '../task';

/** A task whose execution sleeps, with what becomes of it: all that is settled when it is submitted. */
export interface SuspendedTask {
	task: Task;
	output: Pick<OutputSettings, 'simplify' | 'downloadImages' | 'binaryPrefix'>;
	/** The item's own fields, where they are to stand beside the task's. */
	own?: IDataObject;
}

/** What a suspended node has handed in; the item of what was refused instead. */
export type SuspendedItem = SuspendedTask | { failed: IDataObject };

/** The state of a suspended node as n8n's database keeps it, in the context of the node: plain JSON. */
export interface Suspension {
	/** Tells it from others of the same execution, such as those of a loop. */
	id: string;
	resource: string;
	items: SuspendedItem[];
}

/** Key in the node's context. */
const KEY = 'suspended';

/** Writes down what the node waits for. */
export function storeSuspension({ context }: ItemExchange, resource: string, items: SuspendedItem[]): void {
	const suspension: Suspension = { id: randomUUID(), resource, items };
	context.getContext('node')[KEY] = suspension as unknown as IDataObject;
}

/** What the node of a callback waits for; undefined when it waits for nothing. */
export function readSuspension(context: IWebhookFunctions): Suspension | undefined {
	const stored = asRecord(context.evaluateExpression(`{{ $node[${nameInExpression(context.getNode())}].context.${KEY} }}`, 0));
	return Array.isArray(stored.items) ? (stored as unknown as Suspension) : undefined;
}

/** The tasks among the items. */
export function tasksOf(items: SuspendedItem[]): SuspendedTask[] {
	return items.flatMap((item) => ('task' in item ? [item] : []));
}

/** The item as it stands while the execution sleeps, and as it goes on if the time is up: Wait for Completion takes it. */
export function submittedItem(item: SuspendedItem, index: number): INodeExecutionData {
	const json = 'task' in item ? { ...item.own, ...item.task } : item.failed;
	return { json, pairedItem: { item: index } };
}

/** The items with which the execution goes on, given how their tasks have ended, by task ID. */
export async function endedItems(
	items: SuspendedItem[],
	ended: Map<string, TaskReply>,
	exchangeOf: (index: number) => ItemExchange,
): Promise<INodeExecutionData[]> {
	const made = items.map(async (item, index) => {
		const reply = 'task' in item ? ended.get(item.task.taskId) : undefined;
		return 'task' in item && reply ? await endedItem(exchangeOf(index), item, reply, index) : [submittedItem(item, index)];
	});
	return (await Promise.all(made)).flat();
}

/**
 * The item of a task that has ended, with its pictures. What cannot be downloaded is a warning: the run of the node is
 * over, so nobody would see an error.
 */
async function endedItem(exchange: ItemExchange, item: SuspendedTask, reply: TaskReply, index: number): Promise<INodeExecutionData[]> {
	const { output, own = {} } = item;
	const pairedItem = { item: index };
	const context = Object.create(exchange.context, { getInputData: { value: () => ({ json: own }) } }) as typeof exchange.context;
	const settings = { ...output, ...ENDS, passInputFields: item.own !== undefined };
	// The answer to the create, and what it was made of, tell more than later answers.
	const whole = { reply: reply.reply, task: { ...item.task, ...reply.task } };
	const [made] = await Promise.allSettled([resultItems({ ...exchange, context }, { ...whole, timedOut: false }, settings, pairedItem)]);
	if (made.status === 'fulfilled') return made.value;
	const problem = made.reason instanceof Error ? made.reason.message : String(made.reason);
	const task = withWarning(whole.task, `${problem}. Get it with the operation Get, Download Images switched on, and task ID ${whole.task.taskId}.`);
	return await toItems({ ...exchange, context }, { ...whole, task }, { ...settings, downloadImages: false }, pairedItem);
}

/** How every end becomes one item. */
const ENDS = { outputItems: 'perTask', onTaskFailed: 'returnItem', onPartial: 'return', onTimeout: 'returnPending', timeoutMs: 0 };
