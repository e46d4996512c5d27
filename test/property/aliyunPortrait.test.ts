/** The parsers of the portrait API's answers against answers nobody has seen: a value or a clear refusal, never an exception. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { aliyunPortrait } from '../../nodes/AliyunPortrait/api.ts';
import { uploadPhotos } from '../../nodes/AliyunPortrait/photos.ts';
import { readStyles, type Style } from '../../nodes/AliyunPortrait/styles.ts';
import { parseJson } from '../../nodes/tasks/util/parse.ts';
import { itemOf } from '../unit/tasks/support.ts';
import { dressUp, mutate, mutation, RUNS, SEED, STATUSES, type Json } from './mutations.ts';

/** Each upload is a whole request with its tries, ms: a busy machine may take its time. */
const SLOWEST_MS = 300_000;

const ID = '00e0931c-de26-4e67-9b7e-15f56ea4c0f5';
const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(8)]).toString('base64');

/** What the node makes of an answer to each of the five requests, and how such an answer looks in the document. */
interface Endpoint {
	name: string;
	answer: { [key: string]: Json };
	/** The value, or undefined for an answer that does not hold what it should, which the engine tells in words. */
	value(data: unknown): unknown;
	/** What every value must be. */
	check(value: never): void;
}

const isTask = (task: { taskId: string; status: string; images: Array<{ url: unknown; index: unknown }> }) => {
	assert.equal(typeof task.taskId, 'string');
	assert(STATUSES.includes(task.status));
	for (const { url, index } of task.images) {
		assert.equal(typeof url, 'string');
		assert(Number.isInteger(index));
	}
};

const ENDPOINTS: Endpoint[] = [
	{
		name: 'aigc_user_model_create',
		answer: { ret: 0, body: { task_id: ID, user_id: 'U0000000013835' } },
		value: (data) => aliyunPortrait.readTask(data, { resource: 'userModel' }),
		check: isTask,
	},
	{
		name: 'aigc_task_create',
		answer: { ret: 0, body: { task_id: '7e1cac92-e348-4c90-ac66-0fc1050c9146', user_id: 'U0000000013835' } },
		value: (data) => aliyunPortrait.readTask(data, { resource: 'portrait' }),
		check: isTask,
	},
	{
		name: 'aigc_task_query',
		answer: {
			body: {
				state: 3,
				id: ID,
				tsk_type: 2,
				result_paths: [
					'https://example.com/image1.png',
					'https://example.com/image2.png',
					'https://example.com/image3.png',
				],
			},
			ret: 0,
		},
		value: (data) => aliyunPortrait.readTask(data, { resource: 'portrait' }, ID),
		check: isTask,
	},
	{
		name: 'aigc_product_brief_query',
		answer: {
			body: [
				{ name: '仙气十足', style: 's1', template: 'https://example.com/1.png', sex: '女' },
				{ name: '花好月圆', style: 's2', template: 'https://example.com/2.png', sex: '女' },
			],
			ret: 0,
		},
		value: (data) => readStyles(data)?.map(({ style }) => style),
		check(styles: Style[] | undefined) {
			for (const style of styles ?? []) {
				assert.notEqual(style.styleId, '');
				for (const part of Object.values(style)) assert.equal(typeof part, 'string');
			}
		},
	},
];

type Read = { value: unknown } | { refused: string };

function readAnswer({ value }: Endpoint, text: string, status: number, headers: Record<string, string> = {}): Read {
	const verdict = aliyunPortrait.readReply({ status, headers, body: parseJson(text) });
	if (!verdict.ok) return { refused: `${verdict.refusal.cause} ${verdict.refusal.hint}` };
	return { value: value(verdict.data) };
}

const httpStatus = fc.constantFrom(200, 200, 200, 400, 403, 429, 450, 500, 502);
const headers = fc.constantFrom<Record<string, string>>(
	{},
	{},
	{ 'x-ca-request-id': 'R' },
	{ 'x-ca-error-code': 'B403MQ' },
	{ 'x-ca-error-code': '' },
	{ 'x-ca-error-message': 'Throttled by APP' },
	{ 'x-ca-error-code': 'constructor', 'x-ca-error-message': '\u0000' },
	{ 'retry-after': 'soon' },
);

describe.each(ENDPOINTS)('$name', (endpoint) => {
	const { answer, check } = endpoint;

	test(`${RUNS} mutated answers give a value or a refusal in words`, () => {
		fc.assert(
			fc.property(mutation, httpStatus, headers, (changes, status, head) => {
				const read = readAnswer(endpoint, JSON.stringify(mutate(answer, changes)), status, head);
				if ('refused' in read) {
					assert(read.refused.length > 10 && read.refused.length < 1_500);
					return;
				}
				check(read.value as never);
				// The item must be storable as it is.
				if (read.value !== undefined) assert.deepEqual(JSON.parse(JSON.stringify(read.value)), read.value);
			}),
			{ numRuns: RUNS, seed: SEED },
		);
	});

	test('an answer cut off anywhere is no answer', () => {
		const text = JSON.stringify(answer);
		for (let end = 0; end < text.length; end += 1)
			expect(readAnswer(endpoint, text.slice(0, end), 200)).toHaveProperty('refused');
	});

	test('harmless differences give the identical value', () => {
		const expected = readAnswer(endpoint, JSON.stringify(answer), 200);
		expect(expected).toHaveProperty('value');
		fc.assert(
			fc.property(
				fc.record({ extra: fc.jsonValue(), asText: fc.boolean(), order: fc.boolean(), renamed: fc.boolean() }),
				(change) => {
					let text = JSON.stringify(dressUp(answer, change.extra, change.order));
					if (change.asText) text = text.replace(/"(ret|state|tsk_type)":(\d+)/g, '"$1":"$2"');
					if (change.renamed) text = text.replace('"tsk_type"', '"task_type"').replace('"id"', '"task_id"');
					expect(readAnswer(endpoint, text, 200)).toEqual(expected);
				},
			),
			{ numRuns: 500, seed: SEED },
		);
	});
});

describe('upload_file', () => {
	/** The paths, or the error's text. */
	async function upload(text: string, status: number, head: Record<string, string> = {}): Promise<string[] | Error> {
		const item = itemOf({ account: 'photos', answers: () => ({ body: text, status, headers: head }) });
		return await uploadPhotos(item, [{ kind: 'base64', base64: PNG }]).catch((error: Error) => error);
	}
	const answer: Json = { ret: 0, body: 'user_upload/T0000000000101/3f072b2b-66b2-4446-a9c0-1d892890728a.jpg' };

	test(
		`${RUNS} mutated answers give a path or an error in words`,
		async () => {
			await fc.assert(
				fc.asyncProperty(mutation, httpStatus, headers, async (changes, status, head) => {
					const read = await upload(JSON.stringify(mutate(answer, changes)), status, head);
					if (Array.isArray(read)) {
						assert.equal(read.length, 1);
						assert.equal(typeof read[0], 'string');
						assert.notEqual(read[0], '');
						return;
					}
					assert.equal(read.name, 'NodeApiError');
					assert.equal((read as { taskState?: string }).taskState, 'not-created');
					assert.match(read.message, /take photo_1\.png/);
				}),
				{ numRuns: RUNS, seed: SEED },
			);
		},
		SLOWEST_MS,
	);

	test('harmless differences give the identical path', async () => {
		for (const text of [
			'{"ret":0,"body":"u/1.jpg"}',
			'{"body":"u/1.jpg","ret":"0"}',
			'{"ret":0,"body":{"path":"u/1.jpg","size":1}}',
			'{"ret":0,"new":{},"body":{"url":"u/1.jpg"}}',
			' {"ret" : 0 , "body" : {"key":"u/1.jpg"}} ',
		]) {
			expect(await upload(text, 200)).toEqual(['u/1.jpg']);
		}
	});
});
