import type { World } from '../core/world';
import { costFields } from './cost';
import { statusAt, updatedAt, type Task } from './task';

/** The answer to a create: no task_info (docs/services/kling.md, Task fields). */
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
	constructor(private readonly world: World) {}

	/** As a single read shows it. */
	single(task: Task): Record<string, unknown> {
		return this.view(task, { shape: task.fate.shape ?? 'url_n', told: false });
	}

	/** As a callback tells it. */
	told(task: Task): Record<string, unknown> {
		return this.view(task, { shape: task.fate.shape ?? 'url_n', told: true });
	}

	/** As a list shows it: several views always as url_1, url_2, … (docs/services/kling.md, AI Multi-Shot). */
	listed(task: Task): Record<string, unknown> {
		return this.view(task, { shape: 'url_n', told: false });
	}

	/** What it cost, once that can be known. */
	private cost({ outcome, payment }: Task, now: number): object {
		const { settings } = this.world;
		if (!outcome || now < outcome.at + settings.deductionLagMs) return {};
		return costFields(payment, outcome.status === 'failed', settings);
	}

	private view(task: Task, { shape, told }: { shape: 'url' | 'url_n'; told: boolean }): Record<string, unknown> {
		const { id: taskId, kind, order, outcome, fate } = task;
		const { settings, links, clock } = this.world;
		const now = clock.now();
		const done = outcome?.status === 'succeed';
		const status = !outcome && fate.fate === 'unknownStatus' ? 'reviewing' : statusAt(task, now);
		const urlOf = (name: string) => links.url(task, name);
		const numbered = (index: number) => (fate.index === false ? { id: '' } : { index });
		const marked = order.watermark !== undefined && !(told && settings.callbackDetail === 'documented');
		return {
			task_id: taskId,
			task_status: status,
			task_status_msg: outcome?.message ?? '',
			task_info: order.externalTaskId === '' ? {} : { external_task_id: order.externalTaskId },
			...(marked ? { watermark_info: { enabled: order.watermark } } : {}),
			task_result: done ? kind.shown(order, { taskId, urlOf, numbered, shape, told, settings }) : {},
			...this.cost(task, now),
			created_at: task.createdAt,
			updated_at: updatedAt(task, now),
		};
	}
}
