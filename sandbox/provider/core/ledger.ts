import type { ServiceName } from './extensions';

/** How a task can end; `partial` only where the service knows such an end. */
export type TaskEnd = 'succeed' | 'partial' | 'failed';

/** A status in one spelling for the tasks of all services. */
export type TaskStatus = 'submitted' | 'processing' | TaskEnd;

/** What became of one paid task. */
export interface LedgerEntry {
	taskId: string;
	service: ServiceName;
	resource: string;
	/** '' if the create named none. */
	externalTaskId: string;
	account: string;
	/** Pictures asked for; 0 for a task that makes none. */
	n: number;
	/** Price in units if the task succeeds; 1 where the service has no units. */
	units: number;
	status: TaskStatus;
	/** Reason of a failure, else ''. */
	statusMessage: string;
	/** Units taken so far: 0, or `units` once the task succeeded, also in part. */
	chargedUnits: number;
	/** Server time in ms. */
	createdAt: number;
	/** Server time in ms; null for a task that never ends by itself. */
	endsAt: number | null;
	/** The create body; each base64 image is replaced by {bytes, sha256, width, height}. */
	request: Record<string, unknown>;
	/** The user whose model is trained or used, where the service has such users. */
	userId?: string;
}
