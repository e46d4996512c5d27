import { asRecord, asText } from '../tasks/json';
import { hasEnded, type Task } from '../tasks/task';
import { kling } from './provider';

/** A task ID of a callback: Kling's have 18 to 22 letters and digits (provider-apis.md 4.5). It goes into URLs and logs. */
const TASK_ID = /^(?!\.+$)[!-~]{1,128}$/;

/**
 * The task that a callback tells of: the bare task object, the form of the new endpoints, or one of them in the envelope
 * of an answer (provider-apis.md 3). Undefined when it tells of none.
 */
export function readCallback(body: unknown, resource: string): Task | undefined {
	const told = asRecord(body);
	const record = [told, asRecord(told.data)].map(asBareTask).find((task) => task !== undefined);
	if (!record) return undefined;
	const task = kling.readTask(record, resource);
	return TASK_ID.test(task.taskId) ? task : undefined;
}

/** True when the service, asked about the task, is behind what it told itself. */
export function isBehind(read: Task, told: Task): boolean {
	return hasEnded(told) && !hasEnded(read);
}

/** A task with the names of the old endpoints. */
function asBareTask(record: Record<string, unknown>): Record<string, unknown> | undefined {
	if (asText(record.task_id) !== undefined) return record;
	if (asText(record.id) === undefined || asText(record.status) === undefined) return undefined;
	return {
		task_id: record.id,
		task_status: record.status,
		task_status_msg: record.message,
		created_at: record.create_time,
		updated_at: record.update_time,
		task_info: { external_task_id: record.external_id },
		task_result: { images: picturesIn(record.outputs) },
	};
}

/** Outputs may be of other kinds; those without a type count. */
function picturesIn(outputs: unknown): unknown[] {
	const all = Array.isArray(outputs) ? outputs.map(asRecord) : [];
	return all.filter(({ type }) => asText(type) === undefined || /image/i.test(String(type))).map((output, index) => ({ index, ...output }));
}
