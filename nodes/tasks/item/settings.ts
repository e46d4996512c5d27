import type { IDataObject, INodeProperties } from 'n8n-workflow';

import * as field from '../fields/common';
import { TOOL_TIMEOUT_MINUTES } from '../fields/tools';
import type { Endpoint } from '../model/service';
import { asRecord, DEEPEST, isTooDeep, parseJson } from '../util/parse';
import { naming } from '../util/text';
import { isEmpty, type NumberRange } from '../util/values';
import { refuseInput, type ItemContext } from './context';
import { choiceIn, flagIn, idIn, numberIn, textIn } from './values';
import { HASH_CHARACTERS, isTool } from './workIdentity';

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
	fileName: '',
	passInputFields: false,
	externalTaskIdPrefix: 'n8n-',
	maxConcurrentTasks: 0,
	onDuplicate: 'error',
	reuseResults: 'never',
	maxUnits: 0,
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
	/** What downloaded files are named after; empty = after the task. */
	fileName: string;
	/** Width to height that the images should have, such as `16:9`, where the request says it. */
	aspectRatio?: string;
	passInputFields: boolean;
	/** The user's own; empty = derived. */
	externalTaskId: string;
	externalTaskIdPrefix: string;
	extraBody: IDataObject;
	/** 0 = let the service decide. */
	maxConcurrentTasks: number;
	/** What to do when the user's own external ID is taken. */
	onDuplicate: string;
	/** In which executions an earlier result of the same request is taken: `never`, `manualRuns` or `always`. */
	reuseResults: string;
	/** Most units that the items of a run may cost; 0 = no limit. */
	maxUnits: number;
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

/**
 * Reads the settings of one item; `downloads` is the default of Download Images. Tools
 * of agents have defaults of their own (fields/tools.ts). Throws a TaskError that names field and
 * value.
 */
export function readSettings(item: ItemContext, endpoint: Endpoint, { downloads = true } = {}): Settings {
	const timeout = usualTimeout(item, endpoint);
	const option = { ...DEFAULTS, timeout, ...asRecord(item.parameter('options', {})) } as Record<string, unknown>;
	const flag = ({ displayName, name }: INodeProperties, usual = true) =>
		flagIn(item, displayName, item.parameter(name, usual));
	const choice = (property: INodeProperties) => choiceIn(item, property, option[property.name]);
	const number = ({ displayName, name }: INodeProperties, range: NumberRange = { low: 0 }) =>
		numberIn(item, displayName, option[name], range);
	const binaryPrefix = textIn(item, field.binaryPrefix.displayName, option.binaryPrefix);
	const externalTaskIdPrefix = textIn(item, field.externalTaskIdPrefix.displayName, option.externalTaskIdPrefix);
	if (!/^[\w-]+$/.test(binaryPrefix)) {
		const message = naming(
			binaryPrefix,
			(shown) => `${field.binaryPrefix.displayName} ${shown} may hold only letters, digits, "_" and "-"`,
		);
		refuseInput(item, message, 'Use a short name such as image.');
	}
	if (!isUsablePrefix(externalTaskIdPrefix)) {
		refuseInput(
			item,
			naming(externalTaskIdPrefix, (shown) => `External Task ID Prefix ${shown} cannot be used`),
			`Use at most ${LONGEST_PREFIX} letters, digits, "_" and "-".`,
		);
	}
	const ownId = 'Use letters, digits, "_" and "-".';
	return {
		waitForCompletion: flag(field.waitForCompletion),
		downloadImages: flag(field.download, downloads && !isTool(item)),
		simplify: flag(field.simplify),
		timeoutMs: positiveMinutes(item, field.timeout.displayName, option.timeout),
		intervalMs: number(field.pollInterval) * 1_000,
		queueTimeoutMs: number(field.queueTimeout) * 60_000,
		onTimeout: choice(field.onTimeout),
		onTaskFailed: choice(field.onTaskFailed),
		onPartial: endpoint.partialIsFailure ? 'error' : choice(field.onPartial),
		outputItems: choice(field.outputItems),
		binaryPrefix,
		fileName: textIn(item, field.fileName.displayName, option.fileName).trim(),
		passInputFields: flagIn(item, field.passInputFields.displayName, option.passInputFields),
		externalTaskId: idIn(item, field.externalTaskId.displayName, option.externalTaskId, ownId),
		externalTaskIdPrefix,
		extraBody: jsonObject(item, field.extraBody.displayName, option.extraBody),
		maxConcurrentTasks: number(field.maxConcurrentTasks, { low: 0, whole: true }),
		onDuplicate: choice(field.onDuplicate),
		reuseResults: choice(field.reuseResults),
		maxUnits: number(field.maxUnits),
	};
}

/** Minutes that a task is waited for where the user does not say. */
export function usualTimeout(item: ItemContext, { waiting }: Pick<Endpoint, 'waiting'>): number {
	return isTool(item) ? TOOL_TIMEOUT_MINUTES : (waiting?.timeout ?? DEFAULTS.timeout);
}

/** A time in minutes above 0, as ms. Throws a TaskError that names field and value. */
export function positiveMinutes(item: ItemContext, label: string, value: unknown): number {
	const number = numberIn(item, label, value, { low: 0 });
	if (number === 0) refuseInput(item, `${label} is 0`, 'Enter a number above 0.');
	return number * 60_000;
}

function jsonObject(item: ItemContext, label: string, value: unknown): IDataObject {
	if (isEmpty(value)) return {};
	const parsed = typeof value === 'string' ? parsedExactly(value) : isTooDeep(value) ? undefined : value;
	if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
		refuseInput(
			item,
			naming(value, (shown) => `${label} ${shown} is not a JSON object`),
			`Enter an object such as {"negative_prompt": "text"}, with at most ${DEEPEST} levels of brackets.`,
		);
	}
	if (holdsKey('__proto__', parsed)) {
		// Merged into the request it would not be a field, but change the object itself.
		refuseInput(item, `${label} holds a field "__proto__", which cannot be sent`, 'Remove it.');
	}
	const place = placeOfInexact(parsed);
	if (place !== undefined) {
		refuseInput(
			item,
			naming(place, (shown) => `${label} holds a number in ${shown} that cannot be sent digit for digit`),
			'Numbers hold 15 digits for certain: put it in quotes, as in "831922345678901234". Nothing was sent.',
		);
	}
	return asRecord(parsed) as IDataObject;
}

/** JSON as it is written: parseJson would make texts of long integers, which is another request. */
function parsedExactly(text: string): unknown {
	return parseJson(text) === undefined ? undefined : (JSON.parse(text) as unknown);
}

/** Where a value holds a number that has lost digits, or that JSON cannot write; undefined where it holds none. */
function placeOfInexact(value: unknown): string | undefined {
	if (typeof value === 'number') {
		return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value)) ? undefined : '';
	}
	if (typeof value !== 'object' || value === null) return undefined;
	for (const [key, part] of Object.entries(value)) {
		const place = placeOfInexact(part);
		if (place !== undefined) return place === '' ? key : `${key}.${place}`;
	}
	return undefined;
}

function holdsKey(key: string, value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	return Object.hasOwn(value, key) || Object.values(value).some((part) => holdsKey(key, part));
}
