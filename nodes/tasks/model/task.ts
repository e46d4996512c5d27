import type { IDataObject } from 'n8n-workflow';

import { asText } from '../util/parse';
import type { Endpoint, Reply } from './service';

/** Where a task stands, the same words for every service. */
export type TaskStatus = 'submitted' | 'processing' | 'succeeded' | 'partial' | 'failed' | 'unknown';

/** One result image. `view` numbers the views of one set from 1, `set` the sets from 0 where there are several. */
export interface TaskImage extends IDataObject {
	/** Its place among the images of the task, from 0. */
	index: number;
	view?: number;
	set?: number;
	/** A link; or what the service gives instead, such as a path on its machine. */
	url: string;
	watermarkUrl?: string;
	/** In pixels and upright, once it is downloaded. */
	width?: number;
	height?: number;
	/** The binary fields of the item that hold the downloaded files. */
	binaryField?: string;
	watermarkBinaryField?: string;
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
	/** What an account that pays afterwards paid, and the list price; without a currency. */
	balanceDeducted?: number;
	balanceListPrice?: number;
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

function hasSucceeded({ status }: Task): boolean {
	return status === 'succeeded' || status === 'partial';
}

/** What decides whether a task tells its result. */
export type Telling = Pick<Endpoint, 'withoutImages' | 'tellsResult'>;

/** False for a success without its result: a callback may leave it out, and then the task is read. */
export function isWhole({ withoutImages = false, tellsResult }: Telling, task: Task): boolean {
	if (!hasSucceeded(task)) return true;
	return tellsResult?.(task) ?? (withoutImages || task.images.length > 0);
}

/**
 * True when a reading is older than what the service has told itself: told is the end, and read is not; or told has the
 * result, and read has not.
 */
export function isBehind(telling: Telling, read: Task, told: Task): boolean {
	if (!hasEnded(told)) return false;
	return !hasEnded(read) || (hasSucceeded(told) && isWhole(telling, told) && !isWhole(telling, read));
}

/** The task with one more thing the user should know, unless it says it already. */
export function withWarning(task: Task, warning: string): Task {
	const { warnings = [] } = task;
	return warnings.includes(warning) ? task : { ...task, warnings: [...warnings, warning] };
}

/** The keys that say what a task cost. */
export const COST_KEYS = ['unitsDeducted', 'balanceDeducted', 'balanceListPrice'];

/** The keys that people look for first; `url` stands at the top of an item that holds one image. */
const FIRST_KEYS = ['status', 'images', 'url', 'taskId', 'unitsDeducted', 'expiresAt', 'warnings'];

/** An object of a task with its keys in the order in which people read them, and without absent ones. */
export function inOrder<T extends IDataObject>(object: T): T {
	const first = FIRST_KEYS.map((key) => [key, object[key]]);
	return withoutUndefined({ ...Object.fromEntries(first), ...object } as T);
}

/** Images as a service lists them: those without a link are left out, equal links stand once, `index` counts the rest. */
export function numbered(listed: Array<Partial<TaskImage>>): TaskImage[] {
	const images = new Map<string, Partial<TaskImage>>();
	for (const image of listed) if (image.url && !images.has(image.url)) images.set(image.url, image);
	return [...images].map(([url, { view, set, ...image }], index) =>
		withoutUndefined({ index, view, set, ...image, url }),
	);
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
