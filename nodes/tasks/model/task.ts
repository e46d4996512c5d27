import type { IDataObject } from 'n8n-workflow';

import { asText } from '../util/parse';
import type { Reply } from './service';

/** Where a task stands, the same words for every service. */
export type TaskStatus = 'submitted' | 'processing' | 'succeeded' | 'partial' | 'failed' | 'unknown';

/** One result image. `view` numbers the views of one set from 1. */
export interface TaskImage extends IDataObject {
	index: number;
	view?: number;
	url: string;
	watermarkUrl?: string;
}

/** The task object, the same for all services; services add their own keys. */
export interface Task extends IDataObject {
	service: string;
	resource: string;
	/** Always a string: the IDs exceed 2^53. */
	taskId: string;
	externalTaskId?: string;
	status: TaskStatus;
	/** The status as received. */
	providerStatus?: string | number;
	/** The service's reason. */
	statusMessage?: string;
	images: TaskImage[];
	watermark?: boolean;
	createdAt?: string;
	updatedAt?: string;
	/** When the result URLs die. */
	expiresAt?: string;
	unitsDeducted?: number;
	requestId?: string;
	warnings?: string[];
}

/** A task, and the answer it was read from. */
export interface TaskReply {
	task: Task;
	reply: Reply;
}

/** How a wait ended. */
export interface Waited extends TaskReply {
	timedOut: boolean;
}

/** True when nothing more will happen to the task. An unknown status counts as still running. */
export function hasEnded(task: Task): boolean {
	return task.status === 'succeeded' || task.status === 'partial' || task.status === 'failed';
}

/** True when a reading is older than what the service has told itself: told is the end, and read is not. */
export function isBehind(read: Task, told: Task): boolean {
	return hasEnded(told) && !hasEnded(read);
}

/** The task with one more thing the user should know, unless it says it already. */
export function withWarning(task: Task, warning: string): Task {
	const { warnings = [] } = task;
	return warnings.includes(warning) ? task : { ...task, warnings: [...warnings, warning] };
}

/** The answer to a create may lack the external ID that was sent. */
export function withExternalId(task: Task, externalTaskId: string | undefined): Task {
	return task.externalTaskId === undefined && externalTaskId ? { ...task, externalTaskId } : task;
}

/** Drops undefined values, so that an absent field is absent in the item's JSON as well. */
export function withoutUndefined<T extends IDataObject>(object: T): T {
	return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}

/**
 * A time from a service as ISO 8601. Values below 1e11 are seconds, others milliseconds (docs/services/README.md, Times).
 * Undefined when it is not a time.
 */
export function isoTime(value: unknown): string | undefined {
	const number = Number(asText(value) ?? Number.NaN);
	if (!Number.isFinite(number) || number <= 0) return undefined;
	const date = new Date(number < 1e11 ? number * 1000 : number);
	return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
