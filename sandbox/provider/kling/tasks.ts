import type { ResultFile } from '../core/registry';
import { TaskStore } from '../core/tasks';
import type { World } from '../core/world';
import { Refusal, invalid } from './errors';
import { fetchImage, hasInvalidPixels, type Input } from './inputs';
import type { Purses } from './purses';
import { ledgerEntry, slotsOf, unitsOf, type Accepted, type Task } from './task';
import { taskIds } from './task-ids';

/** What is done beside leading tasks to their end. */
export interface Hooks {
	/** Told of every change of a task's status. */
	changed(task: Task): void;
	file(task: Task, name: string): Promise<ResultFile | undefined>;
}

const riskControl = 'Failure to pass the risk control system';

/** All tasks. */
export class Tasks {
	private readonly store: TaskStore<Task>;
	/** By account and external ID, across resources and for ever (docs/services/kling.md, External task ID). */
	private readonly byExternalId = new Map<string, Task>();
	private readonly nextId: () => string;

	constructor(
		private readonly world: World,
		private readonly purses: Purses,
		hooks: Hooks,
	) {
		this.nextId = taskIds(world.random);
		this.store = new TaskStore<Task>(world, {
			service: 'kling',
			entry: ledgerEntry,
			due: (task) => this.due(task),
			finish: async (task, end, message) => await this.finish(task, end === 'failed' ? end : 'succeed', message),
			changed: (task) => {
				this.charge(task);
				hooks.changed(task);
			},
			file: hooks.file,
		});
	}

	/** Creates a task, or refuses: first a used external ID, then a lack of units, then a lack of slots. */
	create(accepted: Accepted): Task {
		const { account, order, kind } = accepted;
		const { externalTaskId, prompt } = order;
		if (this.byExternalId.has(externalKey(account, externalTaskId))) {
			throw invalid(`External_task_id ${externalTaskId} already exists`);
		}
		const { fates, settings } = this.world;
		const unfinished = this.unfinished(account);
		this.purses.admit(account, unitsOf(accepted), () => sumOf(unfinished, unitsOf));
		const slots = slotsOf(order);
		if (slots > 0 && sumOf(unfinished, (task) => slotsOf(task.order)) + slots > settings.slots) throw new Refusal(1303);
		const resource = kind.name;
		const fate = fates.of({ service: 'kling', resource, prompt, externalTaskId });
		const task: Task = {
			id: this.nextId(),
			resource,
			fate,
			...accepted,
			...this.store.lives.begin(fate, settings.taskMs),
		};
		if (externalTaskId !== '') this.byExternalId.set(externalKey(account, externalTaskId), task);
		this.store.add(task, order.callbackUrl !== '');
		return task;
	}

	/** A task that reads show, by its ID or, if allowed, by its external ID. */
	find(account: string, resource: string, name: string, byExternalId: boolean): Task | undefined {
		const candidates = [this.store.get(name)];
		if (byExternalId) candidates.push(this.byExternalId.get(externalKey(account, name)));
		const own = candidates.filter((task) => task?.account === account && task.resource === resource);
		return own.map((task) => this.store.asShown(task)).find((task) => task !== undefined);
	}

	/** The tasks that a list shows, newest first. */
	list(account: string, resource: string): Task[] {
		return this.store
			.shown()
			.filter((task) => task.account === account && task.resource === resource)
			.reverse();
	}

	clear(): void {
		this.store.clear();
		this.byExternalId.clear();
	}

	/** All tasks of an account as they are now, oldest first; also those that reads do not show. */
	all(account: string): Task[] {
		return this.store.all().filter((task) => task.account === account);
	}

	private unfinished(account: string): Task[] {
		return this.store.lives.unfinished().filter((task) => task.account === account);
	}

	/** Takes what an ended task costs (docs/services/kling.md, Cost). */
	private charge(task: Task): void {
		const { order, outcome, account, id: taskId } = task;
		if (!outcome || task.payment) return;
		const { partialCharge, failedTaskUnits, failedTaskRow } = this.world.settings;
		const failed = outcome.status === 'failed';
		if (failed && failedTaskUnits !== 'full' && failedTaskRow !== 'full') return;
		const pictures = failed || partialCharge === 'ordered' ? order.n : order.made;
		const imageUnits = task.kind.price(order).units * pictures;
		task.payment = this.purses.charge({ account, taskId, at: outcome.at, imageUnits });
	}

	private async finish(task: Task, status: 'succeed' | 'failed', message = riskControl): Promise<void> {
		if (task.outcome) return;
		this.store.lives.hasten(task);
		if (status === 'failed') this.store.lives.end(task, status, message);
		else await this.work(task);
	}

	private due(task: Task): void {
		if (task.fate.fate === 'failed') this.store.lives.end(task, 'failed', task.fate.message ?? riskControl);
		else void this.work(task);
	}

	/** Ends a task by what its pictures are; at once if none has to be fetched. */
	private async work(task: Task): Promise<void> {
		if (![...task.inputs.values()].some((input) => 'url' in input)) return this.judge(task);
		task.fetching ??= this.fetchInputs(task);
		await task.fetching;
	}

	private async fetchInputs(task: Task): Promise<void> {
		const { images, background } = this.world;
		const fetched = async ([field, input]: [string, Input]): Promise<[string, Input]> => [
			field,
			'url' in input ? { stored: await fetchImage(input.url, images, background.signal) } : input,
		];
		try {
			task.inputs = new Map(await Promise.all([...task.inputs].map(fetched)));
			this.judge(task);
		} catch (error) {
			this.store.lives.end(task, 'failed', (error as Error).message);
		}
	}

	private judge(task: Task): void {
		const inputs = [...task.inputs.values()];
		const invalidPixels = inputs.some((input) => 'stored' in input && hasInvalidPixels(input.stored));
		const { flaw } = task.order;
		if (flaw !== undefined) this.store.lives.end(task, 'failed', flaw);
		else if (invalidPixels) this.store.lives.end(task, 'failed', 'Image pixel is invalid');
		else this.store.lives.end(task, 'succeed');
	}
}

function externalKey(account: string, externalTaskId: string): string {
	return JSON.stringify([account, externalTaskId]);
}

function sumOf(tasks: readonly Task[], amountOf: (task: Task) => number): number {
	return tasks.reduce((sum, task) => sum + amountOf(task), 0);
}
