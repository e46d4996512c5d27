import pLimit from 'p-limit';
import { failureOf, outputOf, type BinaryField } from '../../../sandbox/n8n/execution';
import type { QueueMode } from './queue-mode';

/** What became of an execution. */
export interface Result {
	id: string;
	status: string;
	/** The error in one line; the status alone if there is none. */
	failure: string;
	/** The error's data: what is known of the task that is, or may be, paid. */
	facts: unknown;
	taskId: unknown;
	picture: BinaryField | undefined;
}

/** Reads executions with their data; `nodeName` is the node whose first item counts. */
export async function resultsOf({ n8n }: QueueMode, ids: string[], nodeName: string): Promise<Result[]> {
	return await pLimit(4).map(ids, async (id) => {
		const execution = await n8n.execution(id);
		const [item] = execution.status === 'success' ? outputOf(execution, nodeName) : [];
		return {
			id,
			status: execution.status,
			failure: failureOf(execution),
			facts: (execution.data.resultData.error?.context as { data?: unknown } | undefined)?.data,
			taskId: item?.json.taskId,
			picture: item?.binary?.image,
		};
	});
}

/** The middle and the 95th percentile of times, as a text in seconds. */
export function medianAndP95(ms: number[]): string {
	const sorted = [...ms].sort((a, b) => a - b);
	const at = (share: number) =>
		((sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN) / 1000).toFixed(1);
	return `median ${at(0.5)} s, p95 ${at(0.95)} s`;
}
