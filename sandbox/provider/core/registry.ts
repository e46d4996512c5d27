import type { FateRule } from './fates';
import type { LedgerEntry, TaskEnd } from './ledger';
import type { ServiceName } from './extensions';

/** A result file, ready to be sent. */
export interface ResultFile {
	content: Buffer;
	/** Its media type. */
	type: string;
}

/** A task as the shared parts see it, whatever its service. */
export interface AnyTask {
	readonly id: string;
	readonly service: ServiceName;
	readonly resource: string;
	readonly fate: FateRule;
	/** Its line in the ledger, as of now. */
	entry(): LedgerEntry;
	/** Ends it now, unless it has ended. */
	finish(end: TaskEnd, message?: string): Promise<void>;
	/** Its result file of that name. */
	file(name: string): Promise<ResultFile | undefined>;
}

/** Every task of every service, in the order of creation. */
export class Registry {
	private readonly tasks = new Map<string, AnyTask>();

	add(task: AnyTask): void {
		this.tasks.set(task.id, task);
	}

	get(id: string): AnyTask | undefined {
		return this.tasks.get(id);
	}

	all(): AnyTask[] {
		return [...this.tasks.values()];
	}

	clear(): void {
		this.tasks.clear();
	}
}
