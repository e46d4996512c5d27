import type {
	DeclarativeRestApiSettings,
	IExecutePaginationFunctions,
	INodeExecutionData,
} from 'n8n-workflow';
import { isBinaryValue } from 'n8n-workflow';

import { systemClock } from './clock';
import { errorItem, idText, isTaskError, taskError, type TaskError } from './errors';
import { captureReply, type ItemExchange } from './exchange';
import type { TaskEndpoint } from './provider';
import { runOf, type Run, type RunTask } from './run';

/** What one operation does with one item. */
export interface Operation<Prepared> {
	/** Checks the item without sending anything. Throws a TaskError. */
	prepare(exchange: ItemExchange): Prepared;
	/** Does the work and gives the finished items. Throws a TaskError. */
	perform(exchange: ItemExchange, prepared: Prepared): Promise<INodeExecutionData[]>;
	/** True when it costs money: then no item is sent unless all are there and all are fit to be sent. */
	pays: boolean;
}

/** n8n's hook around the whole exchange of an item (architecture.md, "Declarative first"). */
export type Pagination = (
	this: IExecutePaginationFunctions,
	declared: DeclarativeRestApiSettings.ResultOptions,
) => Promise<INodeExecutionData[]>;

/** isBinaryValue came with n8n 2. Its error output takes an item with `details`; that of 1.x does not. */
const HOST_IS_N8N_1 = typeof isBinaryValue !== 'function';

/**
 * Runs an operation for each item inside n8n's declarative routing. Failures become error items or, with Stop
 * Workflow, one error that is thrown last and names the tasks of the whole run.
 */
export function paginate<Prepared>(endpoint: TaskEndpoint, operation: Operation<Prepared>): Pagination {
	return async function (declared) {
		declared.postReceive.push({ data: { parameterValue: undefined }, actions: [captureReply] });
		const exchange: ItemExchange = {
			context: this,
			declared,
			endpoint,
			itemIndex: this.getItemIndex(),
			run: runOf(this),
			clock: systemClock,
			signal: this.getExecutionCancelSignal(),
		};
		const { run, clock } = exchange;
		run.enter();
		const [prepared] = await Promise.allSettled([attempt(() => operation.prepare(exchange))]);
		if (prepared.status === 'rejected') run.refuse();
		if (operation.pays && !this.continueOnFail()) {
			const complete = await run.isComplete(clock);
			// n8n has failed the node already, or another item is about to: what is bought now would be lost.
			if (!complete || (run.isRefused && prepared.status === 'fulfilled')) {
				await run.settle(false);
				return [];
			}
		}
		const [ended] =
			prepared.status === 'rejected'
				? [prepared]
				: await Promise.allSettled([operation.perform(exchange, prepared.value)]);
		if (ended.status === 'fulfilled') {
			await run.settle(false);
			return ended.value;
		}
		const error = asTaskError(exchange, ended.reason);
		const stopped = exchange.signal?.aborted === true;
		await run.settle(stopped || !this.continueOnFail());
		if (stopped) warnOfRunningTasks(exchange);
		if (this.continueOnFail()) {
			return [errorItem(error, exchange.itemIndex, HOST_IS_N8N_1 && this.getNode().onError === 'continueErrorOutput')];
		}
		throw nameAllTasks(error, run);
	};
}

async function attempt<T>(work: () => T): Promise<T> {
	return work();
}

/** A mistake of ours must not hide a paid task either. */
function asTaskError({ context, itemIndex }: ItemExchange, reason: unknown): TaskError {
	if (isTaskError(reason)) return reason;
	const text = reason instanceof Error ? reason.message : String(reason);
	return taskError(context.getNode(), {
		message: `The node failed unexpectedly: ${text}`,
		hint: 'Please report this with the execution data.',
		itemIndex,
		taskState: 'may-exist',
		retryable: false,
	});
}

/** With Stop Workflow n8n drops the other results, so the error tells where they are. */
function nameAllTasks(error: TaskError, run: Run): TaskError {
	const tasks = run.allTasks();
	if (run.itemCount < 2 || tasks.length === 0) return error;
	const lines = tasks.map(lineOf);
	error.description = `${error.description ?? ''} Tasks of this run, which are not lost: ${lines.join('; ')}.`.trim();
	return error;
}

/** A task of the run in words. */
function lineOf(task: RunTask): string {
	const ids = [idText(task), task.also].filter(Boolean).join(', ');
	return `item ${task.itemIndex}: ${ids || 'no ID known'} (${task.state})`;
}

/** n8n keeps no data of a stopped node, so the log names what goes on running and will be charged. */
export function warnOfRunningTasks({ context, run, endpoint }: ItemExchange): void {
	const running = run.allTasks().filter((task) => !task.ended);
	if (!run.reportStop() || running.length === 0) return;
	const lines = running.map(lineOf);
	context.logger.warn(
		`Stopped waiting in node "${context.getNode().name}". ${endpoint.provider.name} goes on with these tasks and charges them: ${lines.join('; ')}`,
	);
}
