import type { LedgerEntry } from '../../../sandbox/provider';
import type { Execution, Item, NodeRun } from '../../../sandbox/n8n/execution';
import type { WorkflowNode } from '../../../sandbox/n8n/workflow';
import type { Account, Bought } from './books';
import type { Way } from './ways';

/** An order's name, wherever a request carries it. */
const ORDER = /order-\d+-\d+/g;
/** A suspended execution whose address the service calls. */
const ASLEEP = /webhook-waiting\/(\d+)/;

/** A line of the simulator's ledger, with what it was bought for. */
export function boughtOf({ taskId, externalTaskId, status, request }: LedgerEntry): Bought {
	const [order] = `${externalTaskId} ${String(request.prompt)} ${String(request.callback_url)}`.match(ORDER) ?? [];
	const execution = sleeperOf({ request });
	const other = execution === undefined ? '' : `execution ${execution}`;
	return { taskId, externalTaskId, order: order ?? other, failed: status === 'failed' };
}

/** The ID of the suspended execution that the service calls at the end of the task; undefined if it calls none. */
export function sleeperOf({ request }: Pick<LedgerEntry, 'request'>): string | undefined {
	return ASLEEP.exec(String(request.callback_url))?.[1];
}

type Kind = Pick<Way, 'name' | 'keyless' | 'end'>;

/** What an execution has done, by its own data. */
export function accountOf(id: string, status: string, data: Execution['data'], way: Kind): Account {
	const { runData, error } = data.resultData;
	const errors = JSON.stringify([error, ...Object.values(runData).map((runs) => runs.map((run) => run.error))]);
	const orders = [...new Set(JSON.stringify(runData['One by One'] ?? []).match(ORDER) ?? []), `execution ${id}`];
	return {
		delivered: status === 'crashed' || way.end === undefined ? [] : resultsIn(runData[way.end] ?? []),
		named: wordsIn(errors),
		unsure: isUnsure(data, way) ? orders : [],
		cutOff: isCutOff(status, data, way) ? orders : [],
	};
}

/**
 * Whether an execution got to its end although n8n calls it an error: the retry of one that was stopped keeps the error of the
 * Stop.
 */
export function hasArrived(status: string, { resultData }: Execution['data'], { end }: Pick<Way, 'end'>): boolean {
	return status === 'error' && end !== undefined && resultsIn(resultData.runData[end] ?? []).length > 0;
}

/** Whether an error says that a task may exist, where the service knows no ID of ours: a Retry may buy again. */
export function isUnsure({ resultData }: Execution['data'], { keyless }: Pick<Way, 'keyless'>): boolean {
	return keyless !== undefined && JSON.stringify(resultData.error ?? '').includes('may-exist');
}

/**
 * Whether an execution was killed before n8n had noted what its create at a service without IDs of ours has made: a Retry
 * of it could buy again (docs/waiting.md, When n8n is restarted).
 */
export function isCutOff(status: string, data: Execution['data'], { keyless }: Pick<Way, 'keyless'>): boolean {
	if ((status !== 'crashed' && status !== 'canceled') || keyless === undefined || isWoken(data, keyless)) return false;
	// n8n puts a run of its own in the place of one that was killed.
	return itemsIn(data.resultData.runData[keyless] ?? []).every(({ json }) => json.taskId === undefined);
}

/** Whether the execution had slept at this node: it is passed by then, with what the service has told. */
function isWoken(data: Execution['data'], name: string): boolean {
	return nextNodes(data).some((node) => node.name === name && node.disabled === true);
}

/** Where an execution stood: the nodes that n8n was to run next. One that it had slept at is disabled. */
export function nextNodes({ executionData }: Execution['data']): WorkflowNode[] {
	const { nodeExecutionStack = [] } = (executionData ?? {}) as { nodeExecutionStack?: Array<{ node: WorkflowNode }> };
	return nodeExecutionStack.map(({ node }) => node);
}

/** The tasks whose results are among what a node has given in all its runs; an agent's answer is a text. */
function resultsIn(runs: NodeRun[]): string[] {
	return itemsIn(runs).flatMap(resultIn);
}

function itemsIn(runs: NodeRun[]): Item[] {
	return runs.flatMap((run) => (run.data?.main ?? []).flatMap((output) => output ?? []));
}

/** How our nodes, the service itself and an agent say that a task is over. */
function resultIn({ json }: Item): string[] {
	const { taskId, status, data, output } = json;
	if (typeof output === 'string') return wordsIn(output);
	if (isOver(status)) return [String(taskId)];
	const { task_id, task_status } = (data ?? {}) as Record<string, unknown>;
	return task_status === 'succeed' ? [String(task_id)] : [];
}

const isOver = (status: unknown) => status === 'succeeded' || status === 'failed' || status === 'partial';

/** Whatever may be an ID. */
function wordsIn(text: string): string[] {
	return [...new Set(text.match(/[\w-]{8,}/g) ?? [])];
}
