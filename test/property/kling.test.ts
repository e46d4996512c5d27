/** The parsers of Kling's answers against answers nobody has seen: a task or a clear refusal, never an exception. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { kling } from '../../nodes/Kling/api.ts';
import { parseJson } from '../../nodes/tasks/util/parse.ts';
import type { Task } from '../../nodes/tasks/model/task.ts';
import { dressUp, mutate, mutation, RUNS, SEED, STATUSES, type Json } from './mutations.ts';

const ENDPOINTS = ['multiImageToImage', 'imageExpansion', 'aiMultiShot'].flatMap((resource) =>
	['create', 'get', 'list'].map((operation) => ({ resource, operation })),
);

/** An answer as the documents and recorded answers have it. */
function answer(resource: string, operation: string): { [key: string]: Json } {
	const images: Json =
		resource === 'aiMultiShot'
			? [{ index: 0, url_1: 'https://x/1.png', url_2: 'https://x/2.png', url_3: 'https://x/3.png' }]
			: [
					{ index: 0, url: 'https://x/0.png', watermark_url: 'https://x/w0.png' },
					{ index: 1, url: 'https://x/1.png' },
				];
	const submitted = {
		task_id: '831922345678901234',
		task_status: 'submitted',
		created_at: 1722769557708,
		updated_at: 1722769557708,
	};
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
	const data =
		operation === 'create'
			? submitted
			: operation === 'get'
				? task
				: [task, { ...task, task_id: '831922345678901235' }];
	return { code: 0, message: 'SUCCEED', request_id: 'b3a1', data };
}

/** What the engine makes of an answer: tasks, or the refusal. */
function readAnswer(text: string, status: number, resource: string): Task[] | { refused: string } {
	const verdict = kling.readReply({ status, headers: {}, body: parseJson(text) });
	if (!verdict.ok) return { refused: `${verdict.refusal.cause} ${verdict.refusal.hint}` };
	return (Array.isArray(verdict.data) ? verdict.data : [verdict.data]).map((element) =>
		kling.readTask(element, { resource }),
	);
}

describe.each(ENDPOINTS)('$resource $operation', ({ resource, operation }) => {
	const original = answer(resource, operation);

	test(`${RUNS} mutated answers give tasks or a refusal in words`, () => {
		fc.assert(
			fc.property(mutation, fc.constantFrom(200, 200, 200, 400, 429, 500, 502), (changes, status) => {
				const read = readAnswer(JSON.stringify(mutate(original, changes)), status, resource);
				if (!Array.isArray(read)) {
					assert(read.refused.length > 10);
					return;
				}
				for (const task of read) {
					assert.equal(typeof task.taskId, 'string');
					assert(STATUSES.includes(task.status));
					for (const image of task.images) {
						assert.equal(typeof image.url, 'string');
						assert(Number.isFinite(image.index));
					}
					// The item must be storable as it is.
					assert.deepEqual(JSON.parse(JSON.stringify(task)), task);
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
			fc.property(
				fc.record({ extra: fc.jsonValue(), asText: fc.boolean(), order: fc.boolean(), unquoted: fc.boolean() }),
				(change) => {
					let text = JSON.stringify(dressUp(original, change.extra, change.order));
					// Relays send numbers as text, and IDs as numbers that do not fit.
					if (change.asText) text = text.replace(/"(code|index|created_at|updated_at)":(\d+)/g, '"$1":"$2"');
					if (change.unquoted) text = text.replace(/"task_id":"(\d+)"/g, '"task_id":$1');
					expect(readAnswer(text, 200, resource)).toEqual(expected);
				},
			),
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
