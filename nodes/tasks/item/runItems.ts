import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { errorItem, inputError, isTaskError, taskError, withFacts, type TaskError } from '../model/errors';
import { asRecord } from '../util/parse';
import { quote, textOfError, withoutCodes } from '../util/text';
import type { ItemContext } from './context';
import type { ExecutionIdentity } from './host';

/** What one operation does with one item. */
export interface Operation<Prepared> {
	/** Checks the item without sending anything. Throws a TaskError. */
	prepare(item: ItemContext): Prepared | Promise<Prepared>;
	/** Does the work and gives the finished items. Throws a TaskError. */
	perform(item: ItemContext, prepared: Prepared): Promise<INodeExecutionData[]>;
	/** Whether Stop names finished tasks too: nobody finds them again where the service has no list. */
	isListed?: boolean;
}

/** How a node runs its items. */
export interface RunSettings {
	continueOnFail: boolean;
	/** Items started together, and the pause in ms before the next ones. */
	batch: { size: number; pauseMs: number };
}

/**
 * Runs an operation for all items, at once unless Batching says otherwise; gives the output items of each. All items are
 * checked before the first is sent. Failures become error items or, with Stop Workflow, one error that is thrown when
 * all have ended and that carries the tasks of the other items as data. The cost is linear in the number of items.
 */
export async function runItems<Prepared>(
	items: ItemContext[],
	operation: Operation<Prepared>,
	{ continueOnFail, batch }: RunSettings,
): Promise<INodeExecutionData[][]> {
	// One after the other: what an item hands over may be large.
	const checked: Array<Ended<Prepared>> = [];
	for (const item of items) checked.push(await check(item, operation));
	const refused = checked.find((check) => 'error' in check);
	if (refused && 'error' in refused && !continueOnFail) throw refused.error;
	const running: Array<Promise<Ended>> = [];
	for (const [index, item] of items.entries()) {
		if (index > 0 && batch.pauseMs > 0 && index % batch.size === 0) await item.clock.pause(batch.pauseMs, item.signal);
		const check = checked[index];
		if (check) running.push('error' in check ? Promise.resolve(check) : perform(item, operation, check.value));
	}
	const ended = await Promise.all(running);
	const [first] = items;
	if (first?.signal?.aborted) warnOfTasks(items, operation.isListed ?? false);
	const failed = ended.findIndex((end) => 'error' in end);
	if (failed >= 0 && !continueOnFail) throw withOtherTasks(ended[failed], items, failed);
	return ended.map((end, index) =>
		'error' in end ? [errorItem(end.error, items[index]?.itemIndex ?? index, first?.node.onError)] : end.value,
	);
}

type Ended<Value = INodeExecutionData[]> = { value: Value } | { error: TaskError };

async function perform<Prepared>(
	item: ItemContext,
	operation: Operation<Prepared>,
	prepared: Prepared,
): Promise<Ended> {
	try {
		return { value: await operation.perform(item, prepared) };
	} catch (error) {
		return { error: asTaskError(item, error) };
	}
}

async function check<Prepared>(item: ItemContext, operation: Operation<Prepared>): Promise<Ended<Prepared>> {
	try {
		return { value: await operation.prepare(item) };
	} catch (error) {
		return { error: isTaskError(error) ? error : unresolved(item, error) };
	}
}

/** n8n's own words about a parameter that cannot be resolved. */
function unresolved({ node, itemIndex }: ItemContext, reason: unknown): TaskError {
	const { parameter } = asRecord(asRecord(reason).context);
	const which = typeof parameter === 'string' ? `The parameter ${quote(parameter)}` : 'A parameter';
	const message = `${which} cannot be resolved: ${withoutCodes(textOfError(reason))}`;
	return inputError(node, itemIndex, message, 'Check the expressions of the node. Nothing was sent.');
}

/** Every failure tells what is known of the paid task, also one of n8n's storage, or a mistake of ours. */
function asTaskError(item: ItemContext, reason: unknown): TaskError {
	const { node, itemIndex, progress } = item;
	if (isTaskError(reason)) return withFacts(reason, progress.facts);
	const { taskState, taskId, externalTaskId } = progress;
	const error = taskError(node, {
		message: unexpected(reason),
		hint: 'If you do not know the reason, please report this with the execution data.',
		itemIndex,
		taskState,
		taskId,
		externalTaskId,
		retryable: taskState !== 'may-exist',
	});
	return withFacts(error, progress.facts);
}

/** n8n's own words, about a file for example. */
function unexpected(reason: unknown): string {
	return `The node failed: ${withoutCodes(textOfError(reason))}`;
}

/** With Stop Workflow n8n drops the other results, so the error tells where they are. */
function withOtherTasks(end: Ended | undefined, items: ItemContext[], failed: number): TaskError {
	if (!end || !('error' in end)) throw new Error('There is no error');
	const { error } = end;
	const others = items.filter(({ progress }, index) => index !== failed && progress.hasTask);
	if (others.length === 0) return error;
	const safe = others.filter(({ progress }) => progress.isFoundAgain).length;
	// A lost create that cannot be looked up would be sent again by a retry: its own hint comes first.
	const isLost = [error, ...others.map(({ progress }) => progress)].some(
		({ taskState, externalTaskId }) => taskState === 'may-exist' && externalTaskId === undefined,
	);
	if (safe > 0) {
		const how = isLost ? '' : howToGet(safe, items[failed]?.execution);
		error.description = [error.description, safeTasks(safe, others.length), how].filter(Boolean).join(' ');
	}
	const otherTasks = others.map(({ itemIndex, progress }): IDataObject => ({ itemIndex, ...progress.toJson() }));
	return withFacts(error, { otherTasks });
}

function safeTasks(safe: number, all: number): string {
	if (all === 1) return 'The other task is safe.';
	if (safe < all) return `${safe} of the other ${all} tasks ${safe === 1 ? 'is' : 'are'} safe.`;
	return `The other ${all} tasks are safe.`;
}

/** How the results of safe tasks are had: by a Retry only where n8n can retry this very execution (docs/n8n.md). */
function howToGet(safe: number, execution?: ExecutionIdentity): string {
	if (!execution?.isKept) {
		return 'n8n does not keep this execution, so it cannot be retried: Wait for Completion brings the results, by the IDs in the error data.';
	}
	const which = execution.isSubWorkflow
		? 'the execution of this sub-workflow, not that of its caller,'
		: 'this execution';
	return `Retry ${which} from the Executions list: ${safe === 1 ? 'it is' : 'they are'} reused, not paid again.`;
}

/** n8n keeps no data of a stopped node, so the log names what goes on and will be charged. */
export function warnOfTasks(items: ItemContext[], isListed: boolean): void {
	const left = items.filter(({ progress }) => progress.hasTask && !(isListed && progress.hasEnded));
	const [first] = left;
	if (!first?.run.isFirstStop()) return;
	const lines = left.map(({ itemIndex, progress }) => `item ${itemIndex}: ${progress.text}`);
	first.warn(
		`Stopped in node "${first.node.name}". These tasks were not handed on; they go on and are charged: ${lines.join('; ')}`,
	);
}
