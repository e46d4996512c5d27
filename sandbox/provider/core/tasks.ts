import type { ServiceName } from './extensions';
import type { FateRule } from './fates';
import type { LedgerEntry, TaskEnd } from './ledger';
import { Lifecycle, type Life, type Watcher } from './lifecycle';
import type { ResultFile } from './registry';
import type { World } from './world';

/** What the tasks of all services have. */
export interface StoredTask extends Life {
	readonly id: string;
	readonly resource: string;
	readonly fate: FateRule;
}

/** What a service does with its tasks. */
export interface TaskKeeper<Task> extends Watcher<Task> {
	readonly service: ServiceName;
	/** The task's line in the ledger at a time. */
	entry(task: Task, now: number): LedgerEntry;
	/** Ends a task now, unless it has ended. */
	finish(task: Task, end: TaskEnd, message?: string): void | Promise<void>;
	/** The task's result file of that name. */
	file(task: Task, name: string): Promise<ResultFile | undefined>;
}

/** The tasks of one service. */
export class TaskStore<Task extends StoredTask> {
	readonly lives: Lifecycle<Task>;
	private readonly byId = new Map<string, Task>();

	constructor(
		private readonly world: World,
		private readonly keeper: TaskKeeper<Task>,
	) {
		this.lives = new Lifecycle(world, keeper);
	}

	/** Takes in a new task and leads it to its end; `announced` ones tell of every change of their status. */
	add(task: Task, announced: boolean): void {
		const { keeper, lives } = this;
		this.byId.set(task.id, task);
		lives.watch(task, announced);
		this.world.registry.add({
			id: task.id,
			service: keeper.service,
			resource: task.resource,
			fate: task.fate,
			entry: () => {
				lives.look(task);
				return keeper.entry(task, this.world.clock.now());
			},
			finish: async (end, message) => await keeper.finish(task, end, message),
			file: async (name) => {
				lives.look(task);
				return await keeper.file(task, name);
			},
		});
	}

	/** A task by its ID, whether reads show it or not. */
	get(id: string): Task | undefined {
		return this.byId.get(id);
	}

	/** All tasks, oldest first, as they are now; also those that reads do not show. */
	all(): Task[] {
		const tasks = [...this.byId.values()];
		for (const task of tasks) this.lives.look(task);
		return tasks;
	}

	/** The tasks that reads show, oldest first, as they are now. */
	shown(): Task[] {
		return this.all().filter(isShown);
	}

	/** The task as it is now, if reads show it. */
	asShown(task: Task | undefined): Task | undefined {
		if (!task || !isShown(task)) return undefined;
		this.lives.look(task);
		return task;
	}

	clear(): void {
		this.byId.clear();
		this.lives.clear();
	}
}

function isShown({ fate }: StoredTask): boolean {
	return fate.fate !== 'vanishes';
}
