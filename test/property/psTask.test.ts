/** The parsers of the PS service's answers against answers nobody has seen: a task or a clear refusal, never an exception. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';

import { psTask } from '../../nodes/PsTask/api.ts';
import { parseJson } from '../../nodes/tasks/util/parse.ts';
import type { Task } from '../../nodes/tasks/model/task.ts';
import { dressUp, mutate, mutation, RUNS, SEED, STATUSES, type Json } from './mutations.ts';

const ID = 'a1b2c3d4e5f6g7h8i9j0';

/** Answers as the document has them (docs/services/ps-task.md). */
const ANSWERS: Record<string, { [key: string]: Json }> = {
	submit: { task_id: ID },
	'result of a running task': { status: 'processing', error_message: '' },
	'result of a failed task': { status: 'failed', error_message: 'AI processing failed' },
	'result of a finished task': { status: 'completed', image_url: 'http://x/final.jpg', image_rid: 'rid-1' },
};

/** What the engine makes of an answer: a task, or the refusal. */
function readAnswer(text: string, status: number, askedFor: string | undefined): Task | { refused: string } {
	const verdict = psTask.readReply({ status, headers: {}, body: parseJson(text) });
	return verdict.ok
		? psTask.readTask(verdict.data, { resource: 'task' }, askedFor)
		: { refused: `${verdict.refusal.cause} ${verdict.refusal.hint}` };
}

describe.each(Object.entries(ANSWERS))('%s', (name, data) => {
	const original: Json = { code: 200, msg: 'success', data };
	const askedFor = name === 'submit' ? undefined : ID;

	test(`${RUNS} mutated answers give a task or a refusal in words`, () => {
		fc.assert(
			fc.property(mutation, fc.constantFrom(200, 200, 200, 400, 429, 500, 502), (changes, status) => {
				const read = readAnswer(JSON.stringify(mutate(original, changes)), status, askedFor);
				if ('refused' in read) {
					assert(String(read.refused).length > 10);
					return;
				}
				assert.equal(typeof read.taskId, 'string');
				assert(STATUSES.includes(read.status));
				for (const { url, ...rest } of read.images) {
					assert.equal(typeof url, 'string');
					assert.deepEqual(rest, { index: 0 });
				}
				// The item must be storable as it is.
				assert.deepEqual(JSON.parse(JSON.stringify(read)), read);
			}),
			{ numRuns: RUNS, seed: SEED },
		);
	});

	test('an answer cut off anywhere is no answer', () => {
		const text = JSON.stringify(original);
		for (let end = 0; end < text.length; end += 1)
			expect(readAnswer(text.slice(0, end), 200, askedFor)).toHaveProperty('refused');
	});

	test('harmless differences give the identical task', () => {
		const expected = readAnswer(JSON.stringify(original), 200, askedFor) as Task;
		const change = fc.record({
			extra: fc.jsonValue(),
			reverse: fc.boolean(),
			code: fc.constantFrom<Json | undefined>(200, '200', 0, '0', undefined),
			words: fc.constantFrom('msg', 'message', 'error'),
			capitals: fc.boolean(),
			result: fc.constantFrom('image_url', 'result_url'),
		});
		fc.assert(
			fc.property(change, ({ extra, reverse, code, words, capitals, result }) => {
				const { image_url, status, ...rest } = data;
				const told = typeof status === 'string' ? { status: capitals ? status.toUpperCase() : status } : {};
				const body = {
					code,
					[words]: 'success',
					data: { ...rest, ...told, ...(image_url === undefined ? {} : { [result]: image_url }) },
				};
				const read = readAnswer(
					JSON.stringify(dressUp(JSON.parse(JSON.stringify(body)) as Json, extra, reverse)),
					200,
					askedFor,
				);
				// The status as received is the one thing that may differ.
				expect({ ...read, providerStatus: undefined }).toEqual({ ...expected, providerStatus: undefined });
			}),
			{ numRuns: 500, seed: SEED },
		);
	});

	test('optional fields that are missing are missing in the task, and nothing else changes', () => {
		const expected = readAnswer(JSON.stringify(original), 200, askedFor) as Task;
		for (const [field, key] of [
			['image_rid', 'imageRid'],
			['error_message', 'statusMessage'],
			['msg', 'none'],
		]) {
			const text = JSON.stringify(original, (part, value: Json) => (part === field ? undefined : value));
			expect(readAnswer(text, 200, askedFor)).toEqual(
				Object.fromEntries(Object.entries(expected).filter(([own]) => own !== key)),
			);
		}
	});
});
