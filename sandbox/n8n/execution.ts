/** What n8n keeps about a binary field of an item. */
export interface BinaryField {
	id?: string;
	/** The file itself in base64, or only the storage mode's name when `id` is set. */
	data: string;
	mimeType: string;
	fileName?: string;
	fileExtension?: string;
	fileSize?: string;
}

export interface Item {
	json: Record<string, unknown>;
	binary?: Record<string, BinaryField>;
	pairedItem?: unknown;
	error?: unknown;
}

export interface NodeRun {
	startTime: number;
	executionTime: number;
	executionStatus?: string;
	error?: RunError;
	data?: { main?: Array<Item[] | null> };
	hints?: Array<{ message: string }>;
}

export interface RunError {
	message: string;
	description?: string;
	[key: string]: unknown;
}

export type ExecutionStatus = 'new' | 'running' | 'waiting' | 'success' | 'error' | 'canceled' | 'crashed' | 'unknown';

export interface Execution {
	id: string;
	workflowId: string;
	status: ExecutionStatus;
	mode: string;
	startedAt?: string;
	stoppedAt?: string;
	data: {
		resultData: { runData: Record<string, NodeRun[]>; error?: RunError; lastNodeExecuted?: string };
		[key: string]: unknown;
	};
}

/** Whether an execution has not ended. */
export function isOpen({ status }: { status: string }): boolean {
	return status === 'new' || status === 'running' || status === 'waiting';
}

/** The items a node gave on one of its outputs, in its last run. */
export function outputOf(execution: Execution, nodeName: string, output = 0): Item[] {
	const run = execution.data.resultData.runData[nodeName]?.at(-1);
	return run?.data?.main?.[output] ?? [];
}

/** The hints that a node gave in its last run. */
export function hintsOf(execution: Execution, nodeName: string): string[] {
	const { hints = [] } = execution.data.resultData.runData[nodeName]?.at(-1) ?? {};
	return hints.map(({ message }) => message);
}

/** Why an execution did not succeed, in one line. */
export function failureOf(execution: Execution): string {
	const { error, lastNodeExecuted } = execution.data.resultData;
	const where = lastNodeExecuted === undefined ? '' : ` in "${lastNodeExecuted}"`;
	const why = [error?.message, error?.description].filter((part) => typeof part === 'string' && part !== '').join(' ');
	return `${execution.status}${where}${why === '' ? '' : `: ${why}`}`;
}

/** Every binary field of the items, in order. */
export function binariesOf(items: Item[]): BinaryField[] {
	return items.flatMap((item) => Object.values(item.binary ?? {}));
}
