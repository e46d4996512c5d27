import type { IDataObject } from 'n8n-workflow';

import { quote, refuseInput } from './errors';
import type { ItemExchange } from './exchange';
import { isUsablePrefix, LONGEST_PREFIX } from './externalId';
import { prefixProblem } from './items';
import { asRecord } from './json';

/** The stored defaults of contract.md. The descriptions repeat them, because n8n's lint wants literals there. */
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
	/** ms to keep trying while the provider has no room. */
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
	/** 0 = let the provider decide. */
	maxConcurrentTasks: number;
	/** What to do when the user's own external ID is taken. */
	onDuplicate: string;
}

/** Reads the settings of one item. Throws a TaskError that names field and value. */
export function readSettings(exchange: ItemExchange): Settings {
	const { context, endpoint } = exchange;
	const timeout = endpoint.waiting?.timeout ?? DEFAULTS.timeout;
	const option = { ...DEFAULTS, timeout, ...asRecord(context.getNodeParameter('options', {})) } as Record<string, unknown>;
	const flag = (name: string, fallback: boolean) => context.getNodeParameter(name, fallback) === true;
	const binaryPrefix = String(option.binaryPrefix);
	const externalTaskIdPrefix = String(option.externalTaskIdPrefix);
	const problem = prefixProblem(binaryPrefix);
	if (problem) refuseInput(exchange, problem, 'Use a short name such as image.');
	if (!isUsablePrefix(externalTaskIdPrefix)) {
		refuseInput(
			exchange,
			`External Task ID Prefix ${quote(externalTaskIdPrefix)} cannot be used`,
			`Use at most ${LONGEST_PREFIX} letters, digits, "_" and "-".`,
		);
	}
	return {
		waitForCompletion: flag('waitForCompletion', true),
		downloadImages: flag('downloadImages', true),
		simplify: flag('simplify', true),
		timeoutMs: positiveMinutes(exchange, 'Timeout (Minutes)', option.timeout),
		intervalMs: notNegative(exchange, 'Poll Interval (Seconds)', option.pollInterval) * 1_000,
		queueTimeoutMs: notNegative(exchange, 'Queue Timeout (Minutes)', option.queueTimeout) * 60_000,
		onTimeout: String(option.onTimeout),
		onTaskFailed: String(option.onTaskFailed),
		onPartial: endpoint.partialIsFailure ? 'error' : String(option.onPartial),
		outputItems: String(option.outputItems),
		binaryPrefix,
		passInputFields: option.passInputFields === true,
		externalTaskId: textOf(option.externalTaskId),
		externalTaskIdPrefix,
		extraBody: jsonObject(exchange, 'Extra Body', option.extraBody),
		maxConcurrentTasks: notNegative(exchange, 'Max Concurrent Tasks', option.maxConcurrentTasks),
		onDuplicate: String(option.onDuplicate),
	};
}

/** A time in minutes above 0, as ms. Throws a TaskError that names field and value. */
export function positiveMinutes(exchange: ItemExchange, label: string, value: unknown): number {
	const number = notNegative(exchange, label, value);
	if (number === 0) refuseInput(exchange, `${label} is 0`, 'Enter a number above 0.');
	return number * 60_000;
}

function notNegative(exchange: ItemExchange, label: string, value: unknown): number {
	const number = typeof value === 'string' && value.trim() === '' ? Number.NaN : Number(value);
	if (!Number.isFinite(number) || number < 0) {
		refuseInput(exchange, `${label} is ${quote(value)}, which is not a number of 0 or more`, 'Enter a number.');
	}
	return number;
}

function textOf(value: unknown): string {
	return value === undefined || value === null ? '' : String(value).trim();
}

function jsonObject(exchange: ItemExchange, label: string, value: unknown): IDataObject {
	if (value === undefined || value === null || value === '') return {};
	let parsed: unknown = value;
	if (typeof value === 'string') {
		try {
			parsed = JSON.parse(value);
		} catch {
			parsed = undefined;
		}
	}
	if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) {
		refuseInput(exchange, `${label} ${quote(value)} is not a JSON object`, 'Enter an object such as {"negative_prompt": "text"}.');
	}
	return parsed as IDataObject;
}
