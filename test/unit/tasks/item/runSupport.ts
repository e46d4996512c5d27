/** The items of a run, and operations that do with them what a test says. */
import type { INodeExecutionData } from 'n8n-workflow';

import type { ItemContext } from '../../../../nodes/tasks/item/context';
import type { Operation, RunSettings } from '../../../../nodes/tasks/item/runItems';
import { taskError, type TaskError } from '../../../../nodes/tasks/model/errors';
import type { Task, TaskStatus } from '../../../../nodes/tasks/model/task';
import { FakeClock, itemOf, type Given, type TestItem } from '../support';

export const STOP: RunSettings = { continueOnFail: false, batch: { size: 1, pauseMs: 0 } };
export const CONTINUE: RunSettings = { ...STOP, continueOnFail: true };

/** Items of one run; `log` collects what is written into n8n's log. */
export function itemsOf(length: number, given: Given = {}, log: string[] = []): TestItem[] {
	const clock = given.clock ?? new FakeClock();
	const inputs = Array.from({ length }, (): INodeExecutionData => ({ json: {} }));
	return inputs.map((_, itemIndex) => ({
		...itemOf({ ...given, clock, items: inputs, itemIndex }),
		warn: (text: string) => void log.push(text),
	}));
}

export const taskOf = (itemIndex: number, status: TaskStatus = 'submitted'): Task => ({
	service: 's',
	resource: 'r',
	taskId: `task-${itemIndex}`,
	externalTaskId: `n8n-${itemIndex}`,
	status,
	images: [],
});

export const outputOf = ({ itemIndex }: ItemContext): INodeExecutionData[] => [{ json: { of: itemIndex } }];

/** The service's no to an item. */
export function refused({ node, itemIndex }: ItemContext): TaskError {
	const words = { headline: `Item ${itemIndex} was refused`, hint: 'Change it.' };
	return taskError(node, { ...words, itemIndex, taskState: 'not-created', retryable: false });
}

export type Perform = (item: ItemContext) => INodeExecutionData[] | Promise<INodeExecutionData[]>;

export const operation = (perform: Perform, more: Partial<Operation<undefined>> = {}): Operation<undefined> => ({
	prepare: () => undefined,
	perform: async (item) => await perform(item),
	...more,
});

/** Every item gets its task; then those named here fail. */
export const failingAt = (...failing: number[]) =>
	operation((item) => {
		item.progress.saw(taskOf(item.itemIndex, failing.includes(item.itemIndex) ? 'failed' : 'succeeded'));
		if (!failing.includes(item.itemIndex)) return outputOf(item);
		const { taskId, externalTaskId } = item.progress;
		const words = { headline: `Item ${item.itemIndex} failed`, hint: 'Change it.', itemIndex: item.itemIndex };
		throw taskError(item.node, { ...words, taskId, externalTaskId, taskState: 'created', retryable: false });
	});
