/** A status as the provider spells it. */
export type TaskStatus = 'submitted' | 'processing' | 'succeed' | 'failed';

/** What became of one paid task. */
export interface LedgerEntry {
	taskId: string;
	resource: string;
	/** '' if the create named none. */
	externalTaskId: string;
	account: string;
	/** Pictures asked for. */
	n: number;
	/** Price in units if the task succeeds (provider-apis.md 2.7). */
	units: number;
	status: TaskStatus;
	/** Reason of a failure, else ''. */
	statusMessage: string;
	/** Units taken so far: 0, or `units` once the task succeeded. */
	chargedUnits: number;
	/** Server time in ms. */
	createdAt: number;
	/** Server time in ms; null for a task that never ends by itself. */
	endsAt: number | null;
	/** The create body; each base64 image is replaced by {bytes, sha256, width, height}. */
	request: Record<string, unknown>;
}
