import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { positiveMinutes, readSettings } from '../../../../nodes/tasks/item/settings';
import { endpoint, itemOf } from '../support';

const settingsOf = (options: IDataObject = {}, more: IDataObject = {}) =>
	readSettings(itemOf({ parameters: { options, ...more } }), endpoint);

describe('the settings of an item', () => {
	it('are the defaults where the user has left everything alone', () => {
		expect(settingsOf()).toEqual({
			waitForCompletion: true,
			downloadImages: true,
			simplify: true,
			timeoutMs: 15 * 60_000,
			intervalMs: 0,
			queueTimeoutMs: 15 * 60_000,
			onTimeout: 'returnPending',
			onTaskFailed: 'error',
			onPartial: 'return',
			outputItems: 'perTask',
			binaryPrefix: 'image',
			fileName: '',
			passInputFields: false,
			externalTaskId: '',
			externalTaskIdPrefix: 'n8n-',
			extraBody: {},
			maxConcurrentTasks: 0,
			onDuplicate: 'error',
			reuseResults: 'never',
			maxUnits: 0,
		});
	});

	it('have the timeout of their kind of task, and no use for a part where that is a failure', () => {
		const kind = { ...endpoint, waiting: { timeout: 60 }, partialIsFailure: true };
		expect(readSettings(itemOf(), kind)).toMatchObject({ timeoutMs: 3_600_000, onPartial: 'error' });
		const own = itemOf({ parameters: { options: { timeout: 5, onPartial: 'return' } } });
		expect(readSettings(own, kind)).toMatchObject({ timeoutMs: 300_000, onPartial: 'error' });
	});

	it('take numbers that expressions give as text, in the units of their names', () => {
		const options = { timeout: '2', pollInterval: ' 1.5 ', queueTimeout: 0, maxConcurrentTasks: '3' };
		const read = { timeoutMs: 120_000, intervalMs: 1_500, queueTimeoutMs: 0, maxConcurrentTasks: 3 };
		expect(settingsOf(options)).toMatchObject(read);
	});

	it('trim an external task ID, which may be a number, and take none for one of ours', () => {
		const ids = [' order-1 ', 1042, '', null, undefined];
		expect(ids.map((externalTaskId) => settingsOf({ externalTaskId }).externalTaskId)).toEqual([
			'order-1',
			'1042',
			'',
			'',
			'',
		]);
	});

	it.each([
		['as text', (depth: number) => `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`],
		[
			'as an object',
			(depth: number) =>
				Array(depth)
					.fill(0)
					.reduce((inner: unknown) => ({ a: inner }), 1) as IDataObject,
		],
	])('take no Raw JSON Fields of very many levels, %s', (_, make) => {
		for (const depth of [101, 5_000, 100_000]) {
			expect(() => settingsOf({ extraBody: make(depth) })).toThrow(/^Raw JSON Fields ".*" is not a JSON object$/);
		}
		expect(settingsOf({ extraBody: make(99) }).extraBody).toHaveProperty('a.a.a');
	});

	it.each(['.', '..', 'a\ud800', 'x'.repeat(501)])('refuse %j as an external task ID', (externalTaskId) => {
		expect(() => settingsOf({ externalTaskId })).toThrow(/^External Task ID .* no ID$/);
	});

	it.each<[string, string]>([
		['at its top', '{"__proto__":{"a":1}}'],
		['within', '{"a":[{"__proto__":1}]}'],
	])('refuse Raw JSON Fields with a field "__proto__" %s', (_, extraBody) => {
		for (const given of [extraBody, JSON.parse(extraBody) as IDataObject]) {
			expect(() => settingsOf({ extraBody: given })).toThrow(/^Raw JSON Fields holds a field "__proto__"/);
		}
	});

	it('switch off what is false, also as the text that expressions make of it', () => {
		const off = { waitForCompletion: false, downloadImages: false, simplify: false };
		expect(settingsOf({}, off)).toMatchObject(off);
		const asText = { waitForCompletion: 'false', downloadImages: 'false', simplify: 'false' };
		expect(settingsOf({ passInputFields: 'true' }, asText)).toMatchObject({ ...off, passInputFields: true });
	});

	it.each(['False', 'no', 0, 1, '', [false], {}])('refuse %j as a switch', (waitForCompletion) => {
		expect(() => settingsOf({}, { waitForCompletion } as IDataObject)).toThrow(
			/^Wait for Result is .*, but it must be true or false$/,
		);
	});
});

describe('Raw JSON Fields', () => {
	it.each<[unknown, object]>([
		['{"seed": 1, "list": [1]}', { seed: 1, list: [1] }],
		[{ seed: 1 }, { seed: 1 }],
		['{"id": "831922345678901234", "big": 9007199254740991}', { id: '831922345678901234', big: 9007199254740991 }],
		['', {}],
		[null, {}],
	])('may be %j', (extraBody, read) => {
		expect(settingsOf({ extraBody } as IDataObject).extraBody).toEqual(read);
	});

	it.each(['{"seed": 1', '[1]', 'text', '12', [1], 12, true])('that is %j is refused', (extraBody) => {
		expect(() => settingsOf({ extraBody } as IDataObject)).toThrow(/^Raw JSON Fields ".*" is not a JSON object$/);
	});
});

describe('what cannot be used is refused with field and value, before anything is sent', () => {
	it.each<[IDataObject, RegExp]>([
		[{ timeout: 0 }, /^Timeout \(Minutes\) is 0$/],
		[{ timeout: 'soon' }, /^Timeout \(Minutes\) is "soon", but it must be a number from 0$/],
		[{ timeout: ' ' }, /^Timeout \(Minutes\) is empty, but it must be a number from 0$/],
		[{ pollInterval: -1 }, /^Poll Interval \(Seconds\) is "-1"/],
		[{ queueTimeout: Number.NaN }, /^Queue Timeout \(Minutes\) is "null"/],
		[{ maxConcurrentTasks: 'Infinity' }, /^Max Concurrent Tasks is "Infinity"/],
		[{ timeout: true }, /^Timeout \(Minutes\) is "true", but it must be a number from 0$/],
		[{ timeout: [3] }, /^Timeout \(Minutes\) is "\[3\]"/],
		[{ pollInterval: '0x10' }, /^Poll Interval \(Seconds\) is "0x10"/],
		[{ queueTimeout: '' }, /^Queue Timeout \(Minutes\) is empty, but it must be a number from 0$/],
		[{ maxConcurrentTasks: null }, /^Max Concurrent Tasks is empty, but it must be a whole number from 0$/],
		[{ maxConcurrentTasks: 2.5 }, /^Max Concurrent Tasks is "2.5"/],
		[{ passInputFields: 'yes' }, /^Include Other Input Fields is "yes", but it must be true or false$/],
		[{ onTimeout: 'Error' }, /^On Timeout is "Error", but it must be one of returnPending, error$/],
		[{ onTaskFailed: '' }, /^On Failed Task is empty, but it must be one of error, returnItem$/],
		[{ onDuplicate: null }, /^On Duplicate ID is empty, but it must be one of error, returnExisting$/],
		[{ outputItems: ['perImage'] }, /^Output Items is "\["perImage"\]"/],
		[{ binaryPrefix: { a: 1 } }, /^Put Output in Field is .*, but it must be a text, not an object$/],
		[{ externalTaskId: '1.20261121E+17' }, /^External Task ID "1.20261121E\+17" has lost its digits/],
		[{ externalTaskId: ['a', 'b'] }, /^External Task ID .* holds 2 values/],
		[{ externalTaskId: true }, /^External Task ID "true" is true or false, not an ID$/],
		[
			{ extraBody: '{"a":[{"id":9007199254740993}]}' },
			/^Raw JSON Fields holds a number in "a\.0\.id" that cannot be sent/,
		],
		[{ extraBody: { seed: 2 ** 53 } }, /^Raw JSON Fields holds a number in "seed"/],
		[{ extraBody: '{"seed":1e999}' }, /^Raw JSON Fields holds a number in "seed"/],
		[{ binaryPrefix: 'a b' }, /^Put Output in Field "a b" may hold only letters, digits, "_" and "-"$/],
		[{ binaryPrefix: '' }, /^Put Output in Field "" may hold only/],
		[{ externalTaskIdPrefix: 'a b' }, /^External Task ID Prefix "a b" cannot be used$/],
		[{ externalTaskIdPrefix: 'x'.repeat(31) }, /^External Task ID Prefix "x{31}" cannot be used$/],
	])('%j', (options, message) => {
		const refusal = { message: expect.stringMatching(message), taskState: 'not-created', retryable: false };
		expect(() => settingsOf(options)).toThrow(expect.objectContaining(refusal));
	});

	it.each(['image', 'a-b_9'])('the prefix %j can be used', (binaryPrefix) => {
		expect(settingsOf({ binaryPrefix }).binaryPrefix).toBe(binaryPrefix);
	});
});

it('a time in minutes is above 0', () => {
	const minutes = (value: unknown) => positiveMinutes(itemOf(), 'Training Timeout (Minutes)', value);
	expect([minutes(1), minutes('0.5')]).toEqual([60_000, 30_000]);
	expect(() => minutes(0)).toThrow('Training Timeout (Minutes) is 0');
	expect(() => minutes(undefined)).toThrow('Training Timeout (Minutes) is empty, but it must be a number from 0');
});
