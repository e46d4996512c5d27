import type { World } from '../world';
import { Refusal, invalid } from './errors';
import { fetchImage, hasInvalidPixels, type Input } from './inputs';
import type { Order, Resource } from './rules';
import { isHidden, type Inputs, type Outcome, type Task } from './task';
import { taskIds } from './task-ids';

/** Told of every change of a task's status. */
export type Watcher = (task: Task) => void;

/** What a create brings along once its fields are in order. */
export interface Draft {
	account: string;
	order: Omit<Order, 'images'>;
	inputs: Inputs;
	request: Record<string, unknown>;
}

const riskControl = 'Failure to pass the risk control system';

/** All tasks. Time moves them on; timers only make sure that somebody looks. */
export class Tasks {
	private readonly byId = new Map<string, Task>();
	private readonly running = new Set<Task>();
	/** By account and external ID, across products and for ever (provider-apis.md 2.5). */
	private readonly byExternalId = new Map<string, Task>();
	private readonly nextId: () => string;

	constructor(private readonly world: World, private readonly changed: Watcher) {
		this.nextId = taskIds(world.random);
	}

	/** Creates a task, or refuses: first a used external ID, then a lack of slots. */
	create({ account, order, inputs, request }: Draft): Task {
		const { externalTaskId } = order;
		if (this.byExternalId.has(externalKey(account, externalTaskId))) {
			throw invalid(`External_task_id ${externalTaskId} already exists`);
		}
		if (this.slotsInUse(account) + order.n > this.world.settings.slots) throw new Refusal(1303);
		const fate = this.world.fates.of(order);
		const createdAt = this.world.clock.now();
		const duration = fate.taskMs ?? this.drawDuration();
		const task: Task = {
			id: this.nextId(),
			account,
			order,
			request,
			fate,
			inputs,
			createdAt,
			processingAt: createdAt + Math.round(duration * 0.2),
			endsAt: fate.fate === 'stuck' ? Infinity : createdAt + duration,
		};
		this.byId.set(task.id, task);
		this.running.add(task);
		if (externalTaskId !== '') this.byExternalId.set(externalKey(account, externalTaskId), task);
		this.schedule(task);
		return task;
	}

	/** A task that reads show, by its ID or, if allowed, by its external ID. */
	find(account: string, resource: Resource, name: string, byExternalId: boolean): Task | undefined {
		const candidates = [this.byId.get(name)];
		if (byExternalId) candidates.push(this.byExternalId.get(externalKey(account, name)));
		const task = candidates.find((candidate) => candidate && isReadable(candidate, account, resource));
		if (task) this.moveOn(task);
		return task;
	}

	/** The tasks that a list shows, newest first. */
	list(account: string, resource: Resource): Task[] {
		return this.all().filter((task) => isReadable(task, account, resource)).reverse();
	}

	/** Every task, also the hidden ones, oldest first. */
	all(): Task[] {
		const tasks = [...this.byId.values()];
		for (const task of tasks) this.moveOn(task);
		return tasks;
	}

	/** A task of any account. */
	get(id: string): Task | undefined {
		const task = this.byId.get(id);
		if (task) this.moveOn(task);
		return task;
	}

	/** Ends a task now. */
	async finish(task: Task, status: Outcome['status'], message = riskControl): Promise<void> {
		if (task.outcome) return;
		task.endsAt = this.world.clock.now();
		if (status === 'failed') this.end(task, status, message);
		else await this.work(task);
	}

	clear(): void {
		this.byId.clear();
		this.byExternalId.clear();
		this.running.clear();
	}

	private slotsInUse(account: string): number {
		let sum = 0;
		for (const task of this.running) {
			this.moveOn(task);
			if (task.account === account && !task.outcome) sum += task.order.n;
		}
		return sum;
	}

	private drawDuration(): number {
		const [least, greatest] = this.world.settings.taskMs;
		return Math.round(least + this.world.random.next() * (greatest - least));
	}

	/** Looks at a task when its status is due to change, and again if the clock was set back meanwhile. */
	private schedule(task: Task): void {
		const { background, clock } = this.world;
		if (task.order.callbackUrl !== '') {
			// A timer may ring a millisecond early, when the task is still `submitted`.
			background.later(task.processingAt - clock.now() + 2, () => {
				if (this.byId.has(task.id) && !task.outcome) this.changed(task);
			});
		}
		const look = () => {
			if (!this.byId.has(task.id) || task.outcome) return;
			this.moveOn(task);
			if (clock.now() < task.endsAt) background.later(task.endsAt - clock.now(), look);
		};
		if (Number.isFinite(task.endsAt)) background.later(task.endsAt - clock.now(), look);
	}

	private moveOn(task: Task): void {
		if (task.outcome || this.world.clock.now() < task.endsAt) return;
		if (task.fate.fate === 'failed') this.end(task, 'failed', task.fate.message ?? riskControl);
		else void this.work(task);
	}

	/** Ends a task by what its pictures are; at once if none has to be fetched. */
	private async work(task: Task): Promise<void> {
		if (!inputsOf(task).some((input) => 'url' in input)) return this.judge(task);
		task.fetching ??= this.fetchInputs(task);
		await task.fetching;
	}

	private async fetchInputs(task: Task): Promise<void> {
		const { images, background } = this.world;
		const fetched = async <T extends Input | undefined>(input: T) =>
			input && 'url' in input
				? { stored: await fetchImage(input.url, images, background.signal) }
				: input;
		try {
			const { subjects, scene, style } = task.inputs;
			const all = await Promise.all([fetched(scene), fetched(style), ...subjects.map(fetched)]);
			task.inputs = { scene: all[0], style: all[1], subjects: all.slice(2) as Input[] };
			this.judge(task);
		} catch (error) {
			this.end(task, 'failed', (error as Error).message);
		}
	}

	private judge(task: Task): void {
		const invalidPixels = inputsOf(task).some((input) => 'stored' in input && hasInvalidPixels(input.stored));
		if (invalidPixels) this.end(task, 'failed', 'Image pixel is invalid');
		else this.end(task, 'succeed', '');
	}

	private end(task: Task, status: Outcome['status'], message: string): void {
		if (task.outcome) return;
		task.outcome = { status, message, at: Math.min(this.world.clock.now(), task.endsAt) };
		if (this.running.delete(task)) this.changed(task);
	}
}

function isReadable(task: Task, account: string, resource: Resource): boolean {
	return task.account === account && task.order.resource === resource && !isHidden(task);
}

function inputsOf({ inputs: { subjects, scene, style } }: Task): Input[] {
	return [...subjects, scene, style].filter((input) => input !== undefined);
}

function externalKey(account: string, externalTaskId: string): string {
	return JSON.stringify([account, externalTaskId]);
}
