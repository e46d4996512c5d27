import type { ServiceName } from './service';

/** How a task can end; `partial` is a portrait service's (specs/aliyun-portrait.md, state 4). */
export type TaskEnd = 'succeed' | 'partial' | 'failed';

/** A status in Kling's spelling, for tasks of every service. */
export type TaskStatus = 'submitted' | 'processing' | TaskEnd;

/** What became of one paid task. */
export interface LedgerEntry {
	taskId: string;
	service: ServiceName;
	resource: string;
	/** '' if the create named none. */
	externalTaskId: string;
	account: string;
	/** Pictures asked for; 0 for a training. */
	n: number;
	/** Price in units if the task succeeds: Kling's (provider-apis.md 2.7); 1 for a task of another service. */
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
	/** The user whose model is trained or used; tasks of the portrait service only. */
	userId?: string;
}
