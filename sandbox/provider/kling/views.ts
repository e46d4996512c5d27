import type { World } from '../core/world';
import { statusAt, unitsOf, updatedAt, type Task } from './task';

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
		return this.view(task, task.fate.shape ?? 'url_n');
	}

	/** As a list shows it: several views always as url_1, url_2, … (docs/services/kling.md, AI Multi-Shot). */
	listed(task: Task): Record<string, unknown> {
		return this.view(task, 'url_n');
	}

	/** What it cost (docs/services/kling.md, Cost). The price of a unit is the simulator's own. */
	private cost(task: Task): Record<string, unknown> {
		const units = unitsOf(task);
		if (!this.world.settings.postPaid) return { final_unit_deduction: String(units) };
		const price = (units * 0.0035).toFixed(4);
		return { final_unit_deduction: '', final_balance_deduction: { quota: price, list_price: price } };
	}

	private view(task: Task, shape: 'url' | 'url_n'): Record<string, unknown> {
		const { kind, order, outcome, fate } = task;
		const now = this.world.clock.now();
		const done = outcome?.status === 'succeed';
		const status = !outcome && fate.fate === 'unknownStatus' ? 'reviewing' : statusAt(task, now);
		const urlOf = (name: string) => this.world.links.url(task, name);
		const numbered = (index: number) => (fate.index === false ? { id: '' } : { index });
		return {
			task_id: task.id,
			task_status: status,
			task_status_msg: outcome?.message ?? '',
			task_info: order.externalTaskId === '' ? {} : { external_task_id: order.externalTaskId },
			...(order.watermark === undefined ? {} : { watermark_info: { enabled: order.watermark } }),
			task_result: done ? kind.shown(order, { urlOf, numbered, shape }) : {},
			...(done ? this.cost(task) : {}),
			created_at: task.createdAt,
			updated_at: updatedAt(task, now),
		};
	}
}
