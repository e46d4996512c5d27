import type { IDataObject } from 'n8n-workflow';

import type { Endpoint } from '../model/service';
import { asRecord, DEEPEST, isTooDeep, parseJson } from '../util/parse';
import { fitsInPath, LONGEST_ID, quote } from '../util/text';
import { refuseInput, type ItemContext } from './context';
import { HASH_CHARACTERS } from './workRecord';

/** The stored defaults. The descriptions repeat them, because n8n's lint wants literals there. */
export const DEFAULTS = {
	timeout: 15,
	pollInterval: 0,
	queueTimeout: 15,
	onTimeout: 'returnPending',
	onTaskFailed: 'error',
	onPartial: 'return',
	outputItems: 'perTask',
	binaryPrefix: 'image',
	passInputFields: false,
	externalTaskIdPrefix: 'n8n-',
	maxConcurrentTasks: 0,
	onDuplicate: 'error',
};

/** The parameters that all services share, read for one item and checked. */
export interface Settings {
	waitForCompletion: boolean;
	downloadImages: boolean;
	simplify: boolean;
	/** ms from acceptance. */
	timeoutMs: number;
	/** ms between reads; 0 = adaptive. */
	intervalMs: number;
	/** ms to keep trying, without any progress of the account, while the service's concurrency is used up. */
	queueTimeoutMs: number;
	onTimeout: string;
	onTaskFailed: string;
	onPartial: string;
	outputItems: string;
	binaryPrefix: string;
	passInputFields: boolean;
	/** The user's own; empty = derived. */
	externalTaskId: string;
	externalTaskIdPrefix: string;
	extraBody: IDataObject;
	/** 0 = let the service decide. */
	maxConcurrentTasks: number;
	/** What to do when the user's own external ID is taken. */
	onDuplicate: string;
}

/** Longest external ID, and the room kept in it for a suffix such as `-2`, in characters. */
const LONGEST_EXTERNAL_ID = 64;
const SUFFIX_ROOM = 2;

/** Longest prefix that leaves room for hash and suffix. */
export const LONGEST_PREFIX = LONGEST_EXTERNAL_ID - SUFFIX_ROOM - HASH_CHARACTERS;

/** Whether a prefix can stand in an external ID: letters, digits, `_` and `-`, at most 30 characters. */
export function isUsablePrefix(prefix: string): boolean {
	return prefix.length <= LONGEST_PREFIX && /^[\w-]*$/.test(prefix);
}

/** Reads the settings of one item. Throws a TaskError that names field and value. */
export function readSettings(item: ItemContext, endpoint: Endpoint): Settings {
	const timeout = endpoint.waiting?.timeout ?? DEFAULTS.timeout;
	const option = { ...DEFAULTS, timeout, ...asRecord(item.parameter('options', {})) } as Record<string, unknown>;
	const flag = (name: string, fallback: boolean) => item.parameter(name, fallback) === true;
	const binaryPrefix = String(option.binaryPrefix);
	const externalTaskIdPrefix = String(option.externalTaskIdPrefix);
	if (!/^[\w-]+$/.test(binaryPrefix)) {
		const message = `Binary Field Prefix ${quote(binaryPrefix)} may hold only letters, digits, "_" and "-"`;
		refuseInput(item, message, 'Use a short name such as image.');
	}
	if (!isUsablePrefix(externalTaskIdPrefix)) {
		refuseInput(
			item,
			`External Task ID Prefix ${quote(externalTaskIdPrefix)} cannot be used`,
			`Use at most ${LONGEST_PREFIX} letters, digits, "_" and "-".`,
		);
	}
	const externalTaskId = textOf(option.externalTaskId);
	refuseUnusableId(item, 'External Task ID', externalTaskId, 'Use letters, digits, "_" and "-".');
	return {
		waitForCompletion: flag('waitForCompletion', true),
		downloadImages: flag('downloadImages', true),
		simplify: flag('simplify', true),
		timeoutMs: positiveMinutes(item, 'Timeout (Minutes)', option.timeout),
		intervalMs: notNegative(item, 'Poll Interval (Seconds)', option.pollInterval) * 1_000,
		queueTimeoutMs: notNegative(item, 'Queue Timeout (Minutes)', option.queueTimeout) * 60_000,
		onTimeout: String(option.onTimeout),
		onTaskFailed: String(option.onTaskFailed),
		onPartial: endpoint.partialIsFailure ? 'error' : String(option.onPartial),
		outputItems: String(option.outputItems),
		binaryPrefix,
		passInputFields: option.passInputFields === true,
		externalTaskId,
		externalTaskIdPrefix,
		extraBody: jsonObject(item, 'Extra Body', option.extraBody),
		maxConcurrentTasks: notNegative(item, 'Max Concurrent Tasks', option.maxConcurrentTasks),
		onDuplicate: String(option.onDuplicate),
	};
}

/** A time in minutes above 0, as ms. Throws a TaskError that names field and value. */
export function positiveMinutes(item: ItemContext, label: string, value: unknown): number {
	const number = notNegative(item, label, value);
	if (number === 0) refuseInput(item, `${label} is 0`, 'Enter a number above 0.');
	return number * 60_000;
}

function notNegative(item: ItemContext, label: string, value: unknown): number {
	const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
	if (!Number.isFinite(number) || number < 0) {
		refuseInput(item, `${label} is ${quote(value)}, which is not a number of 0 or more`, 'Enter a number.');
	}
	return number;
}

function textOf(value: unknown): string {
	return value === undefined || value === null ? '' : String(value).trim();
}

function jsonObject(item: ItemContext, label: string, value: unknown): IDataObject {
	if (value === undefined || value === null || value === '') return {};
	const parsed = typeof value === 'string' ? parseJson(value) : isTooDeep(value) ? undefined : value;
	if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
		refuseInput(
			item,
			`${label} ${quote(value)} is not a JSON object`,
			`Enter an object such as {"negative_prompt": "text"}, with at most ${DEEPEST} levels of brackets.`,
		);
	}
	if (holdsKey('__proto__', parsed)) {
		// Merged into the request it would not be a field, but change the object itself.
		refuseInput(item, `${label} holds a field "__proto__", which cannot be sent`, 'Remove it.');
	}
	return asRecord(parsed) as IDataObject;
}

function holdsKey(key: string, value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	return Object.hasOwn(value, key) || Object.values(value).some((part) => holdsKey(key, part));
}

/** Throws the inputError of an ID that nothing can be asked for with; `hint` says which ID to enter. */
export function refuseUnusableId(item: ItemContext, label: string, id: string, hint: string): void {
	if (id.length > LONGEST_ID) {
		refuseInput(item, `${label} ${quote(id)} has ${id.length} characters, so it is no ID`, hint);
	}
	if (!fitsInPath(id)) refuseInput(item, `${label} ${quote(id)} is no ID`, hint);
}
