/** The parsers of Kling's answers against answers nobody has seen: a task or a clear refusal, never an exception. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { kling } from '../../nodes/Kling/provider.ts';
import { parseJson } from '../../nodes/tasks/json.ts';
import type { Task } from '../../nodes/tasks/task.ts';

const RUNS = 10_000;

/** The same answers at every run; PROPERTY_SEED looks for others. */
const SEED = Number(process.env.PROPERTY_SEED ?? 20_261_121);
const STATUSES = ['submitted', 'processing', 'succeeded', 'partial', 'failed', 'unknown'];
const ENDPOINTS = ['multiImageToImage', 'imageExpansion', 'aiMultiShot'].flatMap((resource) =>
	['create', 'get', 'list'].map((operation) => ({ resource, operation })),
);

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** An answer as the documents and recorded answers have it. */
function answer(resource: string, operation: string): { [key: string]: Json } {
	const images: Json =
		resource === 'aiMultiShot'
			? [{ index: 0, url_1: 'https://x/1.png', url_2: 'https://x/2.png', url_3: 'https://x/3.png' }]
			: [
					{ index: 0, url: 'https://x/0.png', watermark_url: 'https://x/w0.png' },
					{ index: 1, url: 'https://x/1.png' },
				];
	const submitted = { task_id: '831922345678901234', task_status: 'submitted', created_at: 1722769557708, updated_at: 1722769557708 };
	const task = {
		...submitted,
		task_status: 'succeed',
		task_status_msg: '',
		task_info: { external_task_id: 'order-1' },
		final_unit_deduction: '8',
		watermark_info: { enabled: true },
		updated_at: 1722769597708,
		task_result: { images },
	};
	const data = operation === 'create' ? submitted : operation === 'get' ? task : [task, { ...task, task_id: '831922345678901235' }];
	return { code: 0, message: 'SUCCEED', request_id: 'b3a1', data };
}

/** What the engine makes of an answer: tasks, or the refusal. */
function readAnswer(text: string, status: number, resource: string): Task[] | { refused: string } {
	const verdict = kling.readReply({ status, headers: {}, body: parseJson(text) });
	if (!verdict.ok) return { refused: `${verdict.refusal.cause} ${verdict.refusal.hint}` };
	return (Array.isArray(verdict.data) ? verdict.data : [verdict.data]).map((element) => kling.readTask(element, resource));
}

/** All places of a JSON value, as paths. */
function pathsOf(value: Json, path: string[] = []): string[][] {
	if (typeof value !== 'object' || value === null) return [path];
	return [path, ...Object.entries(value).flatMap(([key, part]) => pathsOf(part as Json, [...path, key]))];
}

function replaceAt(value: Json, [key, ...rest]: string[], by: Json | undefined): Json | undefined {
	if (key === undefined) return by;
	const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, Json>;
	const part = replaceAt(copy[key] as Json, rest, by);
	if (part === undefined) delete copy[key];
	else copy[key] = part;
	return copy as Json;
}

/** Something else in any place: another type, nothing at all, or any JSON. */
const anyJson = fc.oneof(
	fc.jsonValue() as fc.Arbitrary<Json>,
	fc.constantFrom<Json>(null, '', 0, -1, 1e400, 'null', [], {}, [null], [[]], true, '0', '\u0000', { url: {} }, 'constructor'),
);

const mutation = fc.array(fc.tuple(fc.nat(), fc.oneof(anyJson, fc.constant(undefined))), { minLength: 1, maxLength: 4 });

function mutate(original: Json, changes: Array<[number, Json | undefined]>): Json {
	return changes.reduce<Json>((value, [place, by]) => {
		const paths = pathsOf(value);
		const path = paths[place % paths.length] ?? [];
		return replaceAt(value, path, by) ?? null;
	}, original);
}

/** The same answer with a new field in every object, and its keys in the other order. */
function dressUp(value: Json, extra: unknown, reverse: boolean): Json {
	if (typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) return value.map((part) => dressUp(part, extra, reverse));
	const entries = Object.entries(value).map(([key, part]) => [key, dressUp(part, extra, reverse)]);
	const dressed = [...entries, ['some_new_field', extra]];
	return Object.fromEntries(reverse ? dressed.reverse() : dressed) as Json;
}

describe.each(ENDPOINTS)('$resource $operation', ({ resource, operation }) => {
	const original = answer(resource, operation);

	test(`${RUNS} mutated answers give tasks or a refusal in words`, () => {
		fc.assert(
			fc.property(mutation, fc.constantFrom(200, 200, 200, 400, 429, 500, 502), (changes, status) => {
				const read = readAnswer(JSON.stringify(mutate(original, changes)), status, resource);
				if (!Array.isArray(read)) {
					expect(read.refused.length).toBeGreaterThan(10);
					return;
				}
				for (const task of read) {
					expect(typeof task.taskId).toBe('string');
					expect(STATUSES).toContain(task.status);
					for (const image of task.images) {
						expect(typeof image.url).toBe('string');
						expect(Number.isInteger(image.index) || Number.isFinite(image.index)).toBe(true);
					}
					// The item must be storable as it is.
					expect(JSON.parse(JSON.stringify(task))).toEqual(task);
				}
			}),
			{ numRuns: RUNS, seed: SEED },
		);
	});

	test('an answer cut off anywhere is no answer', () => {
		const text = JSON.stringify(original);
		for (let end = 0; end < text.length; end += 1) {
			expect(readAnswer(text.slice(0, end), 200, resource)).toHaveProperty('refused');
		}
	});

	test('harmless differences give the identical tasks', () => {
		const expected = readAnswer(JSON.stringify(original), 200, resource);
		fc.assert(
			fc.property(fc.record({ extra: fc.jsonValue(), asText: fc.boolean(), order: fc.boolean(), unquoted: fc.boolean() }), (change) => {
				let text = JSON.stringify(dressUp(original, change.extra, change.order));
				// Relays send numbers as text, and IDs as numbers that do not fit.
				if (change.asText) text = text.replace(/"(code|index|created_at|updated_at)":(\d+)/g, '"$1":"$2"');
				if (change.unquoted) text = text.replace(/"task_id":"(\d+)"/g, '"task_id":$1');
				expect(readAnswer(text, 200, resource)).toEqual(expected);
			}),
			{ numRuns: 500, seed: SEED },
		);
	});

	test('optional fields that are missing are missing in the task, and nothing else changes', () => {
		const expected = readAnswer(JSON.stringify(original), 200, resource) as Task[];
		const OPTIONAL: Record<string, keyof Task> = {
			task_info: 'externalTaskId',
			final_unit_deduction: 'unitsDeducted',
			watermark_info: 'watermark',
			created_at: 'createdAt',
		};
		for (const [field, key] of Object.entries(OPTIONAL)) {
			const text = JSON.stringify(original, (name, value: Json) => (name === field ? undefined : value));
			const without = expected.map((task) => Object.fromEntries(Object.entries(task).filter(([name]) => name !== key)));
			expect(readAnswer(text, 200, resource)).toEqual(without);
		}
	});
});
