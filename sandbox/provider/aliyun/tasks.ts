import { randomUUID } from 'node:crypto';

import type { AliyunAccount } from '../accounts';
import type { TaskEnd } from '../ledger';
import { Lifecycle } from '../lifecycle';
import type { World } from '../world';
import type { Task } from './task';

/** What a create brings along once its parameters are in order. */
export type Draft = Pick<Task, 'resource' | 'userId' | 'photos' | 'style' | 'callbackUrl' | 'request'>;

/** The number of the first user, as in the document's sample. */
const firstUser = 13835;

/** All tasks of the portrait service, and the users whose models they train. */
export class Tasks {
	private readonly byId = new Map<string, Task>();
	private readonly trainings = new Map<string, Task>();
	private readonly lives: Lifecycle<Task>;
	private users = 0;

	constructor(private readonly world: World, changed: (task: Task) => void) {
		this.lives = new Lifecycle(world, { changed, due: (task) => this.finish(task, task.fate.fate) });
	}

	/** An ID for a user who is new. */
	nextUserId(): string {
		return `U${String(firstUser + this.users++).padStart(13, '0')}`;
	}

	create({ name: account }: AliyunAccount, draft: Draft): Task {
		const { fates, settings } = this.world;
		const fate = fates.of({ service: 'aliyunPortrait', resource: draft.resource, prompt: '', externalTaskId: '' });
		const life = this.lives.begin(fate, settings.aliyunTaskMs ?? settings.taskMs);
		const task: Task = { id: randomUUID(), account, fate, ...draft, ...life };
		this.byId.set(task.id, task);
		if (task.resource === 'userModel') this.trainings.set(task.userId, task);
		this.lives.watch(task, task.callbackUrl !== '');
		return task;
	}

	/** A task of an account that reads show. */
	find(account: AliyunAccount, id: string): Task | undefined {
		return this.shown(account, this.byId.get(id));
	}

	/** The task that trains the model of a user. */
	training(account: AliyunAccount, userId: string): Task | undefined {
		return this.shown(account, this.trainings.get(userId));
	}

	/** What a task of any account makes. */
	resourceOf(id: unknown): string {
		return this.byId.get(id as string)?.resource ?? '';
	}

	/** Moves a task on if its time has come. */
	look(task: Task): void {
		this.lives.look(task);
	}

	/** Ends a task now. */
	finish(task: Task, fate: Task['fate']['fate'] = 'succeed', message = task.fate.message ?? ''): void {
		if (task.outcome) return;
		if (this.world.clock.now() < task.endsAt) this.lives.hasten(task);
		const end: TaskEnd = fate === 'failed' || fate === 'partial' ? fate : 'succeed';
		this.lives.end(task, end, message);
	}

	clear(): void {
		this.byId.clear();
		this.trainings.clear();
		this.lives.clear();
	}

	private shown(account: AliyunAccount, task: Task | undefined): Task | undefined {
		if (!task || task.account !== account.name || task.fate.fate === 'vanishes') return undefined;
		this.lives.look(task);
		return task;
	}
}
