import type { World } from '../world';
import { statusAt, type Task } from './task';
import type { TaskViews } from './views';

const timeoutMs = 5000;
const retryAfterMs = 500;

/** Tells `callback_url` of every change of status: best effort, one more try, changes of one task in order. */
export class Callbacks {
	private readonly queues = new WeakMap<Task, Promise<void>>();

	constructor(private readonly world: World, private readonly views: TaskViews) {}

	/** Sends the bare task object (provider-apis.md 3). */
	notify(task: Task): void {
		if (task.order.callbackUrl === '') return;
		const body = JSON.stringify(this.views.single(task));
		const status = statusAt(task, this.world.clock.now());
		const before = this.queues.get(task) ?? Promise.resolve();
		this.queues.set(task, before.then(() => this.deliver(task, status, body)));
	}

	private async deliver(task: Task, taskStatus: string, body: string): Promise<void> {
		const { background, journal, clock } = this.world;
		const url = task.order.callbackUrl;
		for (const attempt of [1, 2]) {
			if (background.signal.aborted) return;
			const status = await this.post(url, body);
			journal.add('callbacks', { at: clock.now(), taskId: task.id, taskStatus, url, attempt, status });
			if (status >= 200 && status < 300) return;
			if (attempt === 1) await background.sleep(retryAfterMs);
		}
	}

	private async post(url: string, body: string): Promise<number> {
		try {
			const response = await fetch(url, {
				method: 'POST',
				headers: { 'content-type': 'application/json' },
				body,
				signal: AbortSignal.any([this.world.background.signal, AbortSignal.timeout(timeoutMs)]),
			});
			await response.body?.cancel();
			return response.status;
		} catch {
			return 0;
		}
	}
}
