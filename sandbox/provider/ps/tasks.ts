import { randomBytes } from 'node:crypto';

import { download, isHttpUrl } from '../download';
import type { TaskEnd } from '../ledger';
import { Lifecycle } from '../lifecycle';
import { readPhoto } from '../photos';
import type { World } from '../world';
import type { Order, Task } from './task';

/** All tasks of the PS service. */
export class Tasks {
	private readonly byId = new Map<string, Task>();
	private readonly lives: Lifecycle<Task>;

	constructor(private readonly world: World) {
		this.lives = new Lifecycle(world, { changed: () => {}, due: (task) => void this.finish(task, task.fate.fate) });
	}

	create(account: string, order: Order, request: Record<string, unknown>): Task {
		const { fates, settings } = this.world;
		const fate = fates.of({ service: 'psTask', resource: 'task', prompt: order.prompt, externalTaskId: '' });
		const life = this.lives.begin(fate, settings.psTaskMs ?? settings.taskMs);
		const task: Task = { id: randomBytes(10).toString('hex'), account, order, request, fate, ...life };
		this.byId.set(task.id, task);
		this.lives.watch(task, false);
		return task;
	}

	/** A task that reads show. */
	find(id: string): Task | undefined {
		const task = this.byId.get(id);
		if (!task || task.fate.fate === 'vanishes') return undefined;
		this.lives.look(task);
		return task;
	}

	/** Moves a task on if its time has come. */
	look(task: Task): void {
		this.lives.look(task);
	}

	/** Ends a task now; without an image that can be read it fails. */
	async finish(task: Task, fate: Task['fate']['fate'] | TaskEnd = 'succeed', message = task.fate.message): Promise<void> {
		if (task.outcome) return;
		if (this.world.clock.now() < task.endsAt) this.lives.hasten(task);
		if (fate === 'failed') return this.lives.end(task, 'failed', message ?? 'AI processing failed');
		task.reading ??= this.read(task);
		await task.reading;
	}

	clear(): void {
		this.byId.clear();
		this.lives.clear();
	}

	private async read(task: Task): Promise<void> {
		const { images, background } = this.world;
		const { imageUrl } = task.order;
		try {
			const file = isHttpUrl(imageUrl) ? await download(imageUrl, background.signal) : await onThisMachine(imageUrl);
			task.image = await images.add(file).catch(() => {
				throw new Error(`Not an image: ${imageUrl}`);
			});
			this.lives.end(task, 'succeed');
		} catch (error) {
			this.lives.end(task, 'failed', (error as Error).message);
		}
	}
}

/** The sandbox's photos are the files of the service's machine, whatever folder a path names. */
async function onThisMachine(path: string): Promise<Buffer> {
	const photo = await readPhoto(path.split(/[/\\]/).at(-1) ?? '');
	if (!photo) throw new Error(`No such file: ${path}`);
	return photo;
}
