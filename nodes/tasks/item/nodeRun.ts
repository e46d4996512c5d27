import type { Refusal } from '../model/service';
import type { Task, TaskStatus } from '../model/task';
import type { WorkHost } from './workIdentity';
import { WorkRecords } from './workRecord';

/** A task that was bought, as it was last seen. */
export interface Bought {
	task: Task;
	/** The setting under which it was bought. */
	reuseResults: string;
}

/** What the items of one run of a node share. */
export class NodeRun {
	/** Refusals that concern more than the request they answered, by what they concern. */
	private readonly refusals = new Map<string, Refusal>();
	/** What this run has bought. */
	readonly bought: Bought[] = [];
	/** How the tasks stand that this run has handed on, in no order. */
	readonly handedOn: TaskStatus[] = [];
	private records?: WorkRecords;
	private isStopped = false;

	constructor(private readonly host: WorkHost) {}

	/** The paid work of this run. Made at its first use: reads need none. */
	get work(): WorkRecords {
		this.records ??= new WorkRecords(this.host);
		return this.records;
	}

	/** True for the first caller after a stop, so that one line is logged for the run. */
	isFirstStop(): boolean {
		const isFirst = !this.isStopped;
		this.isStopped = true;
		return isFirst;
	}

	/** Remembers a refusal, so that the run's unsent items that it concerns as well need not be sent. */
	refusedFor(concern: string, refusal: Refusal): void {
		this.refusals.set(concern, refusal);
	}

	/** The refusal that one of the concerns has met with in this run. */
	refusalFor(concerns: string[]): Refusal | undefined {
		return concerns.map((concern) => this.refusals.get(concern)).find((refusal) => refusal !== undefined);
	}
}
