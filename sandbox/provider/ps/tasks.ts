import { randomBytes } from 'node:crypto';

import type { FateName } from '../core/fates';
import type { TaskEnd } from '../core/ledger';
import { readPhoto } from '../core/photos';
import type { ResultFile } from '../core/registry';
import { TaskStore } from '../core/tasks';
import type { World } from '../core/world';
import { download, isHttpUrl } from '../http/download';
import { ledgerEntry, type Order, type Task } from './task';

/** Of every task: the service has one resource. */
const target = { service: 'psTask', resource: 'task' } as const;

/** All tasks of the PS service. */
export class Tasks {
	private readonly store: TaskStore<Task>;

	/** `file` gives a task's result file of some name. */
	constructor(
		private readonly world: World,
		file: (task: Task, name: string) => Promise<ResultFile | undefined>,
	) {
		this.store = new TaskStore<Task>(world, {
			service: target.service,
			entry: ledgerEntry,
			due: (task) => void this.finish(task, task.fate.fate),
			finish: async (task, end, message) => await this.finish(task, end, message),
			changed: () => {},
			file,
		});
	}

	create(order: Order, request: Record<string, unknown>): Task {
		const { fates, settings } = this.world;
		const { resource } = target;
		const fate = fates.of({ ...target, prompt: order.prompt, externalTaskId: '' });
		const life = this.store.lives.begin(fate, settings.psTaskMs ?? settings.taskMs);
		const account = settings.psAccount.name;
		const task: Task = { id: randomBytes(10).toString('hex'), resource, account, order, request, fate, ...life };
		this.store.add(task, false);
		return task;
	}

	/** A task that reads show. */
	find(id: string): Task | undefined {
		return this.store.asShown(this.store.get(id));
	}

	clear(): void {
		this.store.clear();
	}

	/** Ends a task now; without an image that can be read it fails. */
	private async finish(task: Task, fate: FateName | TaskEnd = 'succeed', message = task.fate.message): Promise<void> {
		if (task.outcome) return;
		const { lives } = this.store;
		if (this.world.clock.now() < task.endsAt) lives.hasten(task);
		if (fate === 'failed') return lives.end(task, 'failed', message ?? 'AI processing failed');
		task.reading ??= this.read(task);
		await task.reading;
	}

	private async read(task: Task): Promise<void> {
		const { images, background } = this.world;
		const { imageUrl } = task.order;
		try {
			const file = isHttpUrl(imageUrl) ? await download(imageUrl, background.signal) : await onThisMachine(imageUrl);
			task.image = await images.add(file).catch(() => {
				throw new Error(`Not an image: ${imageUrl}`);
			});
			this.store.lives.end(task, 'succeed');
		} catch (error) {
			this.store.lives.end(task, 'failed', (error as Error).message);
		}
	}
}

/** The sandbox's photos are the files of the service's machine, whatever folder a path names. */
async function onThisMachine(path: string): Promise<Buffer> {
	const photo = await readPhoto(path.split(/[/\\]/).at(-1) ?? '');
	if (!photo) throw new Error(`No such file: ${path}`);
	return photo;
}
