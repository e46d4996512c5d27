import type { IExecuteData, IExecutePaginationFunctions, INodeExecutionData } from 'n8n-workflow';

import type { Clock } from './clock';
import { asRecord } from './json';

/** A task of this run, as far as it is known. */
export interface RunTask {
	itemIndex: number;
	taskId?: string;
	externalTaskId?: string;
	/** What else the service never tells again, such as `userId: U13835`. */
	also?: string;
	/** In words, for the texts that name the tasks of the run. */
	state: string;
	ended: boolean;
}

/**
 * All items of one run of one node. n8n calls the exchange once per item; what concerns them together (has every
 * item arrived, which tasks exist, who fails last) lives here.
 */
export class Run {
	private readonly tasks = new Map<number, RunTask>();
	private arrived = 0;
	private settled = 0;
	private waiting: Array<() => void> = [];
	private stopped = false;
	private refused = false;

	constructor(
		/** Items n8n will hand to the exchange. */
		readonly itemCount: number,
		private readonly batched: boolean,
	) {}

	enter(): void {
		this.arrived += 1;
	}

	/**
	 * True when every item has arrived. When a parameter of a later item does not resolve, n8n fails the node while
	 * the items before it are already here: they must not buy anything. With batching this cannot be known.
	 */
	async isComplete(clock: Clock): Promise<boolean> {
		if (this.batched) return true;
		await clock.pause(0);
		return this.arrived >= this.itemCount;
	}

	/** An item cannot be sent as it is. */
	refuse(): void {
		this.refused = true;
	}

	get isRefused(): boolean {
		return this.refused;
	}

	/** Remembers what is known of an item's task. */
	note(task: RunTask): void {
		this.tasks.set(task.itemIndex, task);
	}

	/** The item has no task after all. */
	forget(itemIndex: number): void {
		this.tasks.delete(itemIndex);
	}

	/** The tasks of this run in the order of the items. */
	allTasks(): RunTask[] {
		return [...this.tasks.values()].sort((a, b) => a.itemIndex - b.itemIndex);
	}

	/**
	 * An item has its result, or is about to fail. With `last` the promise resolves only when every other item has got
	 * this far, so that the error can name the tasks of the whole run.
	 */
	async settle(last: boolean): Promise<void> {
		this.settled += 1;
		if (this.isOver) for (const proceed of this.waiting.splice(0)) proceed();
		else if (last) await new Promise<void>((proceed) => this.waiting.push(proceed));
	}

	/** True for the first caller after a stop, so that one warning is logged per run. */
	reportStop(): boolean {
		const first = !this.stopped;
		this.stopped = true;
		return first;
	}

	get isOver(): boolean {
		return this.settled >= (this.batched ? this.itemCount : this.arrived);
	}
}

const runs = new WeakMap<IExecuteData, Run>();

/** The run that this item belongs to. n8n hands all items of a run the same execute data, also when it tries again. */
export function runOf(context: IExecutePaginationFunctions): Run {
	const data = context.getExecuteData();
	const known = runs.get(data);
	if (known && !known.isOver) return known;
	const run = new Run(countItems(context), isBatched(context));
	runs.set(data, run);
	return run;
}

/** The input items of the run, the first one only with Execute Once. */
export function inputItems(context: IExecutePaginationFunctions): INodeExecutionData[] {
	const { data } = context.getExecuteData();
	const items = (data.main ?? data.ai_tool)?.[0] ?? [];
	return context.getNode().executeOnce ? items.slice(0, 1) : items;
}

/** What an output item is paired with: its input item, or all of them when one task was made of them all. */
export function pairing(context: IExecutePaginationFunctions, itemIndex: number, ofAll: boolean): INodeExecutionData['pairedItem'] {
	return ofAll ? inputItems(context).map((_, item) => ({ item })) : { item: itemIndex };
}

function countItems(context: IExecutePaginationFunctions): number {
	return Math.max(1, inputItems(context).length);
}

function isBatched(context: IExecutePaginationFunctions): boolean {
	const batching = asRecord(asRecord(context.getNodeParameter('requestOptions', {})).batching);
	return Number(asRecord(batching.batch).batchInterval) > 0;
}
