import { createHash } from 'node:crypto';

import type { Answer } from '../answer';
import type { FileLinks } from '../file-links';
import { encode } from '../pixels/encode';
import type { ResultFile } from '../registry';
import { withoutPrefix, type Service } from '../service';
import type { ResultFormat } from '../settings';
import type { World } from '../world';
import { refusal, success } from './envelope';
import { Refusal } from './errors';
import { edited } from './picture';
import { check } from './rules';
import { ledgerEntry, statusAt, type PsStatus, type Task } from './task';
import { Tasks } from './tasks';

/** Where a relay would offer the API beside its own place. */
export const relayPrefix = '/ps';

const resultName = /^0\.(?<format>png|jpeg|webp)$/;

/** How `mixed` writes each status; the document itself writes `processing`, `PROCESSING` and `FAILED`. */
const mixed: Record<PsStatus, string> = {
	pending: 'Pending',
	ai_submitted: 'AI_submitted',
	processing: 'PROCESSING',
	completed: 'completed',
	failed: 'Failed',
	reviewing: 'Reviewing',
};

/** PS tasks: what their requests do, without HTTP (specs/ps-tasks.md). */
export class Ps implements Service {
	readonly name = 'psTask';
	private readonly tasks: Tasks;

	constructor(private readonly world: World, private readonly links: FileLinks) {
		this.tasks = new Tasks(world);
	}

	owns(path: string): boolean {
		return withoutPrefix(path, relayPrefix).startsWith('/ps_tasks/');
	}

	failure(status: number): Answer {
		return refusal(status, status === 404 ? 'Not found' : status < 500 ? 'Bad request' : 'Internal error', this.world.settings);
	}

	clear(): void {
		this.tasks.clear();
	}

	submit(body: unknown): Answer {
		const { order, request } = check(body);
		const { settings, registry, clock } = this.world;
		const task = this.tasks.create(settings.psAccount.name, order, request);
		registry.add({
			id: task.id,
			service: this.name,
			resource: 'task',
			fate: task.fate,
			entry: () => {
				this.tasks.look(task);
				return ledgerEntry(task, clock.now());
			},
			finish: async (end, message) => {
				if (end === 'partial') throw new TypeError('Tasks of psTask are never partial');
				await this.tasks.finish(task, end, message);
			},
			file: async (name) => {
				this.tasks.look(task);
				return await this.file(task, name);
			},
		});
		return success({ task_id: task.id }, settings, task.id);
	}

	result(id: string): Answer {
		const { settings } = this.world;
		const task = this.tasks.find(id);
		if (!task) throw new Refusal(settings.psUnknownTask, 'Task not found');
		return success(this.view(task), settings, id);
	}

	/** A failed task is no refusal: HTTP 200 and code 200 (provider-apis.md P4). */
	private view(task: Task): Record<string, unknown> {
		const { psStatusCase, psResultKey, psImageRid } = this.world.settings;
		const plain = statusAt(task, this.world.clock.now());
		const status = psStatusCase === 'upper' ? plain.toUpperCase() : psStatusCase === 'mixed' ? mixed[plain] : plain;
		if (plain !== 'completed') return { status, error_message: task.outcome?.message ?? '' };
		return {
			status,
			...(task.fate.pictures === 0 ? {} : { [psResultKey]: this.links.url(task, '0') }),
			...(psImageRid ? { image_rid: createHash('sha256').update(task.id).digest('hex').slice(0, 24) } : {}),
		};
	}

	private async file({ id, order, image, outcome }: Task, name: string): Promise<ResultFile | undefined> {
		const format = resultName.exec(name)?.groups?.format as ResultFormat | undefined;
		if (!format || !image || outcome?.status !== 'succeed') return undefined;
		const { settings, images, gallery } = this.world;
		const content = await gallery.get(`${id}/${name}/${settings.resultBytes}`, async () =>
			await encode(await edited(await images.read(image), order.prompt, order.keepSize), format, settings.resultBytes),
		);
		return { content, type: `image/${format}` };
	}
}
