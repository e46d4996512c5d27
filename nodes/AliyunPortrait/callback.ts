import { asRecord, type ReadKind, type Task } from '../tasks';
import { aliyunPortrait } from './api';

/**
 * The task that a callback tells of, if it does. Aliyun does not document what callbacks look like
 * (docs/services/aliyun-portrait.md, Callbacks), so they are read as the answers are.
 */
export function readCallback(body: unknown, kind: ReadKind): Task | undefined {
	const told = asRecord(body);
	// Without a state it says nothing about the task: an ID that was asked for makes that "unknown".
	const tasks = [told, asRecord(told.body)].map((data) => aliyunPortrait.readTask(data, kind, ''));
	return tasks.find(({ taskId }) => taskId !== '');
}
