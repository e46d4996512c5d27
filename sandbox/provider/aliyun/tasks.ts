import { randomUUID } from 'node:crypto';

import type { FateName } from '../core/fates';
import type { TaskEnd } from '../core/ledger';
import type { ResultFile } from '../core/registry';
import { TaskStore } from '../core/tasks';
import type { World } from '../core/world';
import type { AliyunAccount } from './account';
import { ledgerEntry, type Task } from './task';

/** What a create brings along once its parameters are in order. */
export type Draft = Pick<Task, 'resource' | 'userId' | 'photos' | 'style' | 'callbackUrl' | 'request'>;

/** What is done beside leading tasks to their end. */
export interface Hooks {
	/** Told of every change of a task's status. */
	changed(task: Task): void;
	file(task: Task, name: string): Promise<ResultFile | undefined>;
}

/** The number of the first user, as in the document's sample. */
const firstUser = 13835;

/** All tasks of the portrait service, and the users whose models they train. */
export class Tasks {
	private readonly store: TaskStore<Task>;
	private readonly trainings = new Map<string, Task>();
	private users = 0;

	constructor(
		private readonly world: World,
		{ changed, file }: Hooks,
	) {
		this.store = new TaskStore<Task>(world, {
			service: 'aliyunPortrait',
			entry: ledgerEntry,
			due: (task) => this.finish(task, task.fate.fate),
			finish: (task, end, message) => this.finish(task, end, message),
			changed,
			file,
		});
	}

	/** An ID for a user who is new. */
	nextUserId(): string {
		return `U${String(firstUser + this.users++).padStart(13, '0')}`;
	}

	create({ name: account }: AliyunAccount, draft: Draft): Task {
		const { fates, settings } = this.world;
		const fate = fates.of({ service: 'aliyunPortrait', resource: draft.resource, prompt: '', externalTaskId: '' });
		const life = this.store.lives.begin(fate, settings.aliyunTaskMs ?? settings.taskMs);
		const task: Task = { id: randomUUID(), account, fate, ...draft, ...life };
		if (task.resource === 'userModel') this.trainings.set(task.userId, task);
		this.store.add(task, task.callbackUrl !== '');
		return task;
	}

	/** A task of an account that reads show. */
	find(account: AliyunAccount, id: string): Task | undefined {
		return this.shown(account, this.store.get(id));
	}

	/** The task that trains the model of a user. */
	training(account: AliyunAccount, userId: string): Task | undefined {
		return this.shown(account, this.trainings.get(userId));
	}

	/** What a task of any account makes; '' if there is no such task. */
	resourceOf(id: unknown): string {
		return this.store.get(id as string)?.resource ?? '';
	}

	clear(): void {
		this.store.clear();
		this.trainings.clear();
	}

	/** Ends a task now. */
	private finish(task: Task, fate: FateName = 'succeed', message = task.fate.message ?? ''): void {
		if (task.outcome) return;
		if (this.world.clock.now() < task.endsAt) this.store.lives.hasten(task);
		const end: TaskEnd = fate === 'failed' || fate === 'partial' ? fate : 'succeed';
		this.store.lives.end(task, end, message);
	}

	private shown({ name }: AliyunAccount, task: Task | undefined): Task | undefined {
		return this.store.asShown(task?.account === name ? task : undefined);
	}
}
