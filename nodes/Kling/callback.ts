import { asRecord, asText, type ReadKind, type Task } from '../tasks';
import { kling } from './api';

/** A task ID of a callback: Kling's have 18 to 22 letters and digits. It goes into URLs and logs. */
const TASK_ID = /^(?!\.+$)[!-~]{1,128}$/;

/**
 * The task that a callback tells of: the bare task object, the form of the new endpoints, or one of them in the
 * envelope of an answer (docs/services/kling.md, Callbacks). Undefined when it tells of none.
 */
export function readCallback(body: unknown, kind: ReadKind): Task | undefined {
	const told = asRecord(body);
	const record = [told, asRecord(told.data)].map(asBareTask).find((task) => task !== undefined);
	if (!record) return undefined;
	const task = kling.readTask(record, kind);
	return TASK_ID.test(task.taskId) ? task : undefined;
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
		task_result: { images: imagesIn(record.outputs), elements: elementsIn(record.outputs) },
	};
}

function recordsIn(outputs: unknown): Array<Record<string, unknown>> {
	return Array.isArray(outputs) ? outputs.map(asRecord) : [];
}

function elementsIn(outputs: unknown): unknown[] {
	return recordsIn(outputs)
		.filter(({ type }) => /^element$/i.test(asText(type) ?? ''))
		.map(({ id, name, status }) => ({ element_id: id, element_name: name, status }));
}

/** Outputs may be of other kinds; those without a type count. */
function imagesIn(outputs: unknown): unknown[] {
	return recordsIn(outputs)
		.filter(({ type }) => asText(type) === undefined || /image/i.test(String(type)))
		.map((output, index) => ({ index, ...output }));
}
