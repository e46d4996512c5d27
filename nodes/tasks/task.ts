import type { IDataObject } from 'n8n-workflow';

import { asText } from './json';

/** Where a task stands, the same words for every service (contract.md, "One task object"). */
export type TaskStatus = 'submitted' | 'processing' | 'succeeded' | 'partial' | 'failed' | 'unknown';

/** One result picture. `view` numbers the views of one picture set from 1. */
export interface TaskImage extends IDataObject {
	index: number;
	view?: number;
	url: string;
	watermarkUrl?: string;
}

/** The task object of contract.md, the same for all services; services add their own keys. */
export interface Task extends IDataObject {
	service: string;
	resource: string;
	/** Always a string: the IDs exceed 2^53. */
	taskId: string;
	externalTaskId?: string;
	status: TaskStatus;
	/** The status as received. */
	providerStatus?: string | number;
	/** The provider's reason. */
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

/** True when nothing more will happen to the task. An unknown status counts as still running. */
export function hasEnded(task: Task): boolean {
	return task.status === 'succeeded' || task.status === 'partial' || task.status === 'failed';
}

/** The task with one more thing the user should know. */
export function withWarning(task: Task, warning: string): Task {
	return { ...task, warnings: [...(task.warnings ?? []), warning] };
}

/** Drops undefined values, so that an absent field is absent in the item's JSON as well. */
export function withoutUndefined<T extends IDataObject>(object: T): T {
	return Object.fromEntries(
		Object.entries(object).filter(([, value]) => value !== undefined),
	) as T;
}

/**
 * A time from a provider as ISO 8601. Values below 1e11 are seconds, others milliseconds (provider-apis.md 4.5).
 * Undefined when it is not a time.
 */
export function isoTime(value: unknown): string | undefined {
	const number = Number(asText(value) ?? Number.NaN);
	if (!Number.isFinite(number) || number <= 0) return undefined;
	const date = new Date(number < 1e11 ? number * 1000 : number);
	return Number.isNaN(date.getTime()) ? undefined : date.toISOString();
}
