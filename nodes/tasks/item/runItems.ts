import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import {
	describeAlso,
	errorItem,
	inputError,
	isTaskError,
	taskError,
	tellEarlierTask,
	withFacts,
	type Failure,
	type TaskError,
} from '../model/errors';
import type { UnsentError } from '../util/credentialFields';
import { asRecord } from '../util/parse';
import { naming, textOfError } from '../util/text';
import type { ItemContext } from './context';
import type { ExecutionIdentity } from './host';

/** An item that has passed its check. */
export interface Fit<Prepared> {
	item: ItemContext;
	prepared: Prepared;
}

/** What one operation does with one item. */
export interface Operation<Prepared> {
	/** Checks the item without sending anything. Throws a TaskError. */
	prepare(item: ItemContext): Prepared | Promise<Prepared>;
	/** Waits for what is still under way of an item's check, such as the answer of another server. Throws a TaskError. */
	settle?(prepared: Prepared): Promise<unknown>;
	/** Looks at all items that are fit, before the first is sent. Throws a TaskError, which then holds for all of them. */
	admit?(fit: Array<Fit<Prepared>>): void | Promise<void>;
	/** Does the work and gives the finished items. Throws a TaskError. */
	perform(item: ItemContext, prepared: Prepared): Promise<INodeExecutionData[]>;
	/** Says what there is to say of the whole run, once all items are done. */
	conclude?(run: ItemContext): void;
	/** Whether Stop names finished tasks too: nobody finds them again where the service has no list. */
	isListed?: boolean;
	/** Whether n8n's record of this execution alone tells a retry what was bought: a crash loses it. */
	isKeyless?: boolean;
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
	let checked: Array<Ended<Prepared>> = [];
	for (const item of items) checked.push(await check(item, operation));
	checked = await allSettled(items, operation, checked);
	checked = await admitted(items, operation, checked);
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
	if (failed >= 0 && !continueOnFail) throw withOtherTasks(ended[failed], items, failed, operation);
	if (first) operation.conclude?.(first);
	return ended.map((end, index) =>
		'error' in end ? [errorItem(end.error, items[index]?.itemIndex ?? index, first?.node.onError)] : end.value,
	);
}

type Ended<Value = INodeExecutionData[]> = { value: Value } | { error: TaskError };

/** The checked items, or in place of those that are fit the one error that holds for all of them. */
async function admitted<Prepared>(
	items: ItemContext[],
	operation: Operation<Prepared>,
	checked: Array<Ended<Prepared>>,
): Promise<Array<Ended<Prepared>>> {
	const fit = items.flatMap((item, index): Array<Fit<Prepared>> => {
		const check = checked[index];
		return check && 'value' in check ? [{ item, prepared: check.value }] : [];
	});
	const [first] = fit;
	if (!first || !operation.admit) return checked;
	try {
		await operation.admit(fit);
		return checked;
	} catch (reason) {
		const error = asTaskError(first.item, reason);
		return checked.map((check) => ('value' in check ? { error } : check));
	}
}

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

/** The checked items, once nothing is under way of their checks. */
async function allSettled<Prepared>(
	items: ItemContext[],
	operation: Operation<Prepared>,
	checked: Array<Ended<Prepared>>,
): Promise<Array<Ended<Prepared>>> {
	const ended = [...checked];
	for (const [index, item] of items.entries()) {
		const one = ended[index];
		if (!one || 'error' in one) continue;
		try {
			await operation.settle?.(one.value);
		} catch (error) {
			ended[index] = { error: asTaskError(item, error) };
		}
	}
	return ended;
}

/** n8n's own words about a parameter that cannot be resolved. */
function unresolved({ node, itemIndex }: ItemContext, reason: unknown): TaskError {
	const { parameter } = asRecord(asRecord(reason).context);
	const headline =
		typeof parameter === 'string'
			? naming(parameter, (shown) => `The parameter ${shown} cannot be resolved`)
			: 'A parameter cannot be resolved';
	const hint = 'Check the expressions of the node. Nothing was sent.';
	return inputError(node, itemIndex, headline, hint, { said: textOfError(reason) });
}

/** What the user has entered in the credential or the Request Options, or what nobody has thought of. */
function textsOf(reason: unknown): Pick<Failure, 'headline' | 'hint' | 'said'> {
	const { unsent, headline, fix } = asRecord(reason) as Partial<UnsentError>;
	if (unsent && headline !== undefined && fix !== undefined) return { headline, hint: fix };
	const hint = 'If you do not know the reason, please report this with the execution data.';
	return { headline: 'The node failed', said: textOfError(reason), hint };
}

/** Every failure tells what is known of the paid task, also one of n8n's storage, or a mistake of ours. */
function asTaskError(item: ItemContext, reason: unknown): TaskError {
	const { node, itemIndex, progress } = item;
	if (isTaskError(reason)) return told(item, reason);
	const { taskState, taskId, externalTaskId } = progress;
	const error = taskError(node, {
		...textsOf(reason),
		itemIndex,
		taskState,
		taskId,
		externalTaskId,
		retryable: taskState !== 'may-exist',
	});
	return told(item, error);
}

/** With what was made on the way; an agent reads it in the message. */
function told({ node, progress: { facts, taskId, earlierTaskId = taskId } }: ItemContext, error: TaskError): TaskError {
	if (earlierTaskId !== undefined) tellEarlierTask(error, node, earlierTaskId);
	return withFacts(error, facts);
}

/** With Stop Workflow n8n drops the other results, so the error tells where they are. */
function withOtherTasks(
	end: Ended | undefined,
	items: ItemContext[],
	failed: number,
	{ isKeyless = false }: Pick<Operation<unknown>, 'isKeyless'>,
): TaskError {
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
		const how = isLost ? '' : howToGet(safe, isKeyless, items[failed]?.execution);
		describeAlso(error, [safeTasks(safe, others.length), how].filter(Boolean).join(' '));
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
function howToGet(safe: number, isKeyless: boolean, execution?: ExecutionIdentity): string {
	const [they, are] = safe === 1 ? ['it', 'is'] : ['they', 'are'];
	if (!execution?.isKept) {
		return `Fetch ${safe === 1 ? 'it' : 'them'} with Wait for Completion (IDs under Error details).`;
	}
	const which = execution.isSubWorkflow
		? 'the execution of this sub-workflow, not that of its caller,'
		: 'this execution';
	const unless = isKeyless ? ' unless n8n crashed during this execution' : '';
	return `Retry ${which} from the Executions list: ${they} ${are} reused, not paid again${unless}.`;
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
