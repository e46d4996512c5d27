import { asRecord } from '../tasks/json';
import type { Task } from '../tasks/task';
import { aliyunPortrait } from './provider';

/**
 * The task that a callback tells of, if it does: the document does not say what callbacks look like
 * (aliyun-portrait.md, step 2), so they are read as the answers are.
 */
export function readCallback(body: unknown, resource: string): Task | undefined {
	const told = asRecord(body);
	// Without a state it says nothing about the task: an ID that was asked for makes that "unknown".
	return [told, asRecord(told.body)].map((data) => aliyunPortrait.readTask(data, resource, '')).find(({ taskId }) => taskId !== '');
}
