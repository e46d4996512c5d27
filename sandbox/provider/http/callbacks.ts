import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';

import type { World } from '../core/world';

const timeoutMs = 5000;
const retryAfterMs = 500;

/** What is to be told to a `callback_url`. */
export interface Notice {
	url: string;
	/** As the service spells it, for the journal. */
	taskStatus: string;
	/** JSON. */
	body: string;
	/** Signs the notice, if there is one. */
	secret?: string;
}

/** Tells `callback_url` of every change of status: best effort, one more try, changes of one task in order. */
export class Callbacks {
	private readonly queues = new WeakMap<object, Promise<void>>();

	constructor(private readonly world: World) {}

	/** Queues a notice of a task. */
	notify(task: { id: string }, notice: Notice): void {
		const before = this.queues.get(task) ?? Promise.resolve();
		this.queues.set(
			task,
			before.then(() => this.deliver(task.id, notice)),
		);
	}

	private async deliver(taskId: string, { url, taskStatus, body, secret }: Notice): Promise<void> {
		const { background, journal, clock } = this.world;
		// The same for both tries, as Standard Webhooks has it; each try is signed anew.
		const id = `msg_${randomUUID()}`;
		for (const attempt of [1, 2]) {
			if (background.signal.aborted) return;
			const status = await this.post(url, body, secret ? signature(secret, id, body, new Date(clock.now())) : {});
			journal.add('callbacks', { at: clock.now(), taskId, taskStatus, url, attempt, status });
			if (status >= 200 && status < 300) return;
			if (attempt === 1) await background.sleep(retryAfterMs);
		}
	}

	private async post(url: string, body: string, headers: Record<string, string>): Promise<number> {
		try {
			const response = await fetch(url, {
				method: 'POST',
				headers: { 'content-type': 'application/json', ...headers },
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

function signature(secret: string, id: string, body: string, at: Date): Record<string, string> {
	return {
		'webhook-id': id,
		'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
		'webhook-signature': new Webhook(secret).sign(id, at, body),
	};
}
