import type { FateRule } from './fates';
import type { TaskEnd } from './ledger';
import type { World } from './world';

/** How a task ended. */
export interface Outcome {
	status: TaskEnd;
	/** Reason of a failure, else ''. */
	message: string;
	/** Server time in ms. */
	at: number;
}

/** The times of a task, server time in ms. */
export interface Life {
	readonly createdAt: number;
	readonly processingAt: number;
	/** Infinity if it never ends by itself. */
	endsAt: number;
	outcome?: Outcome;
}

/** What a service does when time has passed. */
export interface Watcher<Task> {
	/** The task is due to end; called again at every look until it has an outcome. */
	due(task: Task): void;
	/** Its status changed. Intermediate changes are told for announced tasks only. */
	changed(task: Task): void;
}

/** Leads tasks from create to end. Time moves them on; timers only make sure that somebody looks. */
export class Lifecycle<Task extends Life> {
	private readonly running = new Set<Task>();

	constructor(
		private readonly world: World,
		private readonly watcher: Watcher<Task>,
	) {}

	/** The times of a task that is created now; the first fifth of its life is before `processing`. */
	begin(fate: FateRule, [least, greatest]: [number, number]): Pick<Life, 'createdAt' | 'processingAt' | 'endsAt'> {
		const createdAt = this.world.clock.now();
		const duration = fate.taskMs ?? Math.round(least + this.world.random.next() * (greatest - least));
		return {
			createdAt,
			processingAt: createdAt + Math.round(duration * 0.2),
			endsAt: fate.fate === 'stuck' ? Infinity : createdAt + duration,
		};
	}

	/** Looks at a task when its status is due to change, and again if the clock was set back meanwhile. */
	watch(task: Task, announced: boolean): void {
		this.running.add(task);
		const { background, clock } = this.world;
		if (announced) {
			// A timer may ring a millisecond early, when the task has not moved on yet.
			background.later(task.processingAt - clock.now() + 2, () => {
				if (this.running.has(task)) this.watcher.changed(task);
			});
		}
		const look = () => {
			if (!this.running.has(task)) return;
			this.look(task);
			if (clock.now() < task.endsAt) background.later(task.endsAt - clock.now(), look);
		};
		if (Number.isFinite(task.endsAt)) background.later(task.endsAt - clock.now(), look);
	}

	/** Moves a task on if its time has come. */
	look(task: Task): void {
		if (!task.outcome && this.world.clock.now() >= task.endsAt) this.watcher.due(task);
	}

	/** Makes a task due now. */
	hasten(task: Task): void {
		task.endsAt = this.world.clock.now();
	}

	/** Gives a task its outcome, once. */
	end(task: Task, status: TaskEnd, message = ''): void {
		if (task.outcome) return;
		task.outcome = { status, message, at: Math.min(this.world.clock.now(), task.endsAt) };
		if (this.running.delete(task)) this.watcher.changed(task);
	}

	/** The tasks without an outcome. */
	unfinished(): Task[] {
		for (const task of this.running) this.look(task);
		return [...this.running];
	}

	clear(): void {
		this.running.clear();
	}
}
