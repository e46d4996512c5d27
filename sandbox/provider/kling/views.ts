import type { FileLinks } from '../file-links';
import { viewCount } from '../pixels/views';
import type { World } from '../world';
import { statusAt, unitsOf, updatedAt, type Task } from './task';

/** The answer to a create: no task_info (provider-apis.md 4.5). */
export function createdView(task: Task, now: number): Record<string, unknown> {
	return {
		task_id: task.id,
		task_status: statusAt(task, now),
		created_at: task.createdAt,
		updated_at: updatedAt(task, now),
	};
}

/** Makes the views of tasks that reads and callbacks carry. */
export class TaskViews {
	constructor(private readonly world: World, private readonly links: FileLinks) {}

	/** As a single read shows it. */
	single(task: Task): Record<string, unknown> {
		return this.view(task, task.fate.shape ?? 'url_n');
	}

	/** As a list shows it: ai-multi-shot always with url_1 to url_3 (specs/kling-ai-multi-shot.md). */
	listed(task: Task): Record<string, unknown> {
		return this.view(task, 'url_n');
	}

	private view(task: Task, shape: 'url' | 'url_n'): Record<string, unknown> {
		const { order, outcome, fate } = task;
		const now = this.world.clock.now();
		const done = outcome?.status === 'succeed';
		const status = !outcome && fate.fate === 'unknownStatus' ? 'reviewing' : statusAt(task, now);
		return {
			task_id: task.id,
			task_status: status,
			task_status_msg: outcome?.message ?? '',
			task_info: order.externalTaskId === '' ? {} : { external_task_id: order.externalTaskId },
			...(order.watermark === undefined ? {} : { watermark_info: { enabled: order.watermark } }),
			task_result: done ? { images: this.images(task, shape) } : {},
			...(done ? { final_unit_deduction: String(unitsOf(task)) } : {}),
			created_at: task.createdAt,
			updated_at: updatedAt(task, now),
		};
	}

	private images(task: Task, shape: 'url' | 'url_n'): unknown[] {
		const { order, fate } = task;
		const url = (name: string) => this.links.url(task, name);
		const numbered = (index: number) => (fate.index === false ? { id: '' } : { index });
		if (order.resource !== 'ai-multi-shot') {
			return Array.from({ length: order.n }, (_, index) => ({
				...numbered(index),
				url: url(`${index}`),
				...(order.watermark ? { watermark_url: url(`${index}-watermark`) } : {}),
			}));
		}
		const views = Array.from({ length: viewCount }, (_, index) => url(`view-${index + 1}`));
		if (shape === 'url') return views.map((view, index) => ({ ...numbered(index), url: view }));
		return [{ ...numbered(0), ...Object.fromEntries(views.map((view, index) => [`url_${index + 1}`, view])) }];
	}
}
