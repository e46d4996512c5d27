/** What n8n's database holds of an execution. A resume starts from this alone, as it would in another process. */
import { randomBytes } from 'node:crypto';
import type { ExecutionStatus, IRun, IRunExecutionData } from 'n8n-workflow';

import type { ExecuteOptions, Execution, Graph } from './execute.ts';
import { flatted, isN8n1 } from './runtime.ts';

let executions = 0;

export class ExecutionRow {
	readonly id: string | undefined;
	/** What a callback must have as `signature`; n8n 1.x and early 2.x have none. */
	readonly resumeToken: string | undefined;
	status: ExecutionStatus = 'running';
	/** The execution when it has come to its end; never, if it sleeps for ever. */
	readonly ended: Promise<Execution>;
	private end: (execution: Execution) => void = () => {};
	private failed = false;
	/** As n8n writes it: no object of the running workflow survives in it. */
	private data = '';

	constructor(
		readonly graph: Graph,
		readonly options: ExecuteOptions,
	) {
		const { executionId, signedResumeUrl = true, resumeToken = randomBytes(32).toString('hex') } = options;
		this.id = executionId === null ? undefined : (executionId ?? `${++executions}`);
		this.resumeToken = isN8n1 || !signedResumeUrl ? undefined : resumeToken;
		this.ended = new Promise((resolve) => (this.end = resolve));
	}

	/** What n8n saves when a run ends or begins to wait. */
	save({ status, data }: Pick<IRun, 'status' | 'data'>): void {
		this.failed = data.resultData.error !== undefined;
		// The engine may end well after a webhook() that threw; n8n does not call that a success.
		this.status = this.failed && status === 'success' ? 'error' : status;
		if (status === 'waiting') this.data = flatted.stringify(data);
	}

	/** A fresh copy. */
	load(): IRunExecutionData {
		if (this.status !== 'waiting') throw new Error(`The execution ${this.id} does not wait: ${this.status}`);
		return flatted.parse(this.data) as IRunExecutionData;
	}

	/** Why n8n answers a callback with 409, if it does. */
	conflict(): string | undefined {
		if (this.status === 'running') return `The execution "${this.id}" is running already.`;
		if (this.failed) return `The execution "${this.id}" has finished with error.`;
		return this.status === 'waiting' ? undefined : `The execution "${this.id} has finished already.`;
	}

	/** Of several resumes at the same moment n8n 2.x lets one go on, n8n 1.x all. */
	claim(): boolean {
		if (this.status !== 'waiting' && !isN8n1) return false;
		this.status = 'running';
		return true;
	}

	close(execution: Execution): void {
		if (execution.status !== 'waiting') this.end(execution);
	}
}
