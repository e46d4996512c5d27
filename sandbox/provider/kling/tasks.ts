import { Lifecycle } from '../lifecycle';
import type { World } from '../world';
import { Refusal, invalid } from './errors';
import { fetchImage, hasInvalidPixels, type Input } from './inputs';
import type { Order, Resource } from './rules';
import { isHidden, type Inputs, type Task } from './task';
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

/** All tasks. */
export class Tasks {
	private readonly byId = new Map<string, Task>();
	private readonly lives: Lifecycle<Task>;
	/** By account and external ID, across products and for ever (provider-apis.md 2.5). */
	private readonly byExternalId = new Map<string, Task>();
	private readonly nextId: () => string;

	constructor(private readonly world: World, changed: Watcher) {
		this.nextId = taskIds(world.random);
		this.lives = new Lifecycle(world, { changed, due: (task) => this.due(task) });
	}

	/** Creates a task, or refuses: first a used external ID, then a lack of slots. */
	create({ account, order, inputs, request }: Draft): Task {
		const { externalTaskId } = order;
		if (this.byExternalId.has(externalKey(account, externalTaskId))) {
			throw invalid(`External_task_id ${externalTaskId} already exists`);
		}
		if (this.slotsInUse(account) + order.n > this.world.settings.slots) throw new Refusal(1303);
		const fate = this.world.fates.of({ service: 'kling', ...order });
		const life = this.lives.begin(fate, this.world.settings.taskMs);
		const task: Task = { id: this.nextId(), account, order, request, fate, inputs, ...life };
		this.byId.set(task.id, task);
		if (externalTaskId !== '') this.byExternalId.set(externalKey(account, externalTaskId), task);
		this.lives.watch(task, order.callbackUrl !== '');
		return task;
	}

	/** A task that reads show, by its ID or, if allowed, by its external ID. */
	find(account: string, resource: Resource, name: string, byExternalId: boolean): Task | undefined {
		const candidates = [this.byId.get(name)];
		if (byExternalId) candidates.push(this.byExternalId.get(externalKey(account, name)));
		const task = candidates.find((candidate) => candidate && isReadable(candidate, account, resource));
		if (task) this.lives.look(task);
		return task;
	}

	/** The tasks that a list shows, newest first. */
	list(account: string, resource: Resource): Task[] {
		return this.all().filter((task) => isReadable(task, account, resource)).reverse();
	}

	/** Moves a task on if its time has come. */
	look(task: Task): void {
		this.lives.look(task);
	}

	/** Ends a task now. */
	async finish(task: Task, status: 'succeed' | 'failed', message = riskControl): Promise<void> {
		if (task.outcome) return;
		this.lives.hasten(task);
		if (status === 'failed') this.lives.end(task, status, message);
		else await this.work(task);
	}

	clear(): void {
		this.byId.clear();
		this.byExternalId.clear();
		this.lives.clear();
	}

	private all(): Task[] {
		const tasks = [...this.byId.values()];
		for (const task of tasks) this.lives.look(task);
		return tasks;
	}

	private slotsInUse(account: string): number {
		let sum = 0;
		for (const task of this.lives.unfinished()) if (task.account === account) sum += task.order.n;
		return sum;
	}

	private due(task: Task): void {
		if (task.fate.fate === 'failed') this.lives.end(task, 'failed', task.fate.message ?? riskControl);
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
			this.lives.end(task, 'failed', (error as Error).message);
		}
	}

	private judge(task: Task): void {
		const invalidPixels = inputsOf(task).some((input) => 'stored' in input && hasInvalidPixels(input.stored));
		if (invalidPixels) this.lives.end(task, 'failed', 'Image pixel is invalid');
		else this.lives.end(task, 'succeed');
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
