import { createHash } from 'node:crypto';

import type { Answer } from '../core/answer';
import type { ResultFile } from '../core/registry';
import type { World } from '../core/world';
import { encode, type ResultFormat } from '../pixels/encode';
import { success } from './envelope';
import { Refusal } from './errors';
import { edited } from './picture';
import { check } from './rules';
import { statusAt, type PsStatus, type Task } from './task';
import { Tasks } from './tasks';

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

/** What the requests of the PS service do, without HTTP (docs/services/ps-task.md). */
export class PsApi {
	private readonly tasks: Tasks;

	constructor(private readonly world: World) {
		this.tasks = new Tasks(world, async (task, name) => await this.file(task, name));
	}

	clear(): void {
		this.tasks.clear();
	}

	/** Creates a task; `body` is JSON as bytes. */
	submit(body: Buffer): Answer {
		const { order, request } = check(body);
		const { id } = this.tasks.create(order, request);
		return success({ task_id: id }, this.world.settings, id);
	}

	/** The state of a task. */
	result(id: string): Answer {
		const { settings } = this.world;
		const task = this.tasks.find(id);
		if (!task) throw new Refusal(settings.psUnknownTask, settings.psUnknownText);
		return success(this.view(task), settings, id);
	}

	/** A failed task is no refusal: HTTP 200 and code 200 (docs/services/ps-task.md, Statuses). */
	private view(task: Task): Record<string, unknown> {
		const { psStatusCase, psResultKey, psImageRid } = this.world.settings;
		const plain = statusAt(task, this.world.clock.now());
		const status = psStatusCase === 'upper' ? plain.toUpperCase() : psStatusCase === 'mixed' ? mixed[plain] : plain;
		if (plain !== 'completed') return { status, error_message: task.outcome?.message ?? '' };
		return {
			status,
			...(task.fate.pictures === 0 ? {} : { [psResultKey]: this.world.links.url(task, '0') }),
			...(psImageRid ? { image_rid: createHash('sha256').update(task.id).digest('hex').slice(0, 24) } : {}),
		};
	}

	private async file({ id, order, image, outcome }: Task, name: string): Promise<ResultFile | undefined> {
		const format = resultName.exec(name)?.groups?.format as ResultFormat | undefined;
		if (!format || !image || outcome?.status !== 'succeed') return undefined;
		const { settings, images, gallery } = this.world;
		const content = await gallery.get(
			`${id}/${name}/${settings.resultBytes}`,
			async () =>
				await encode(
					await edited(await images.read(image), order.prompt, order.keepSize),
					format,
					settings.resultBytes,
				),
		);
		return { content, type: `image/${format}` };
	}
}
