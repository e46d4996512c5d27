import { describe, expect, it } from 'vitest';

import { errorItem, factsOf, idText, inputError, isTaskError, outcomeError, quote, taskError, type Failure } from '../../../nodes/tasks/errors';
import type { Outcome } from '../../../nodes/tasks/exchange';
import type { Refusal } from '../../../nodes/tasks/provider';
import { exchangeOf, node } from './support';

const failure: Failure = {
	message: 'Kling refused the task (code 1301): the content was refused',
	hint: 'Change the picture.',
	itemIndex: 3,
	code: 1301,
	httpStatus: 400,
	requestId: 'request-1',
	taskId: '930810057590833241',
	externalTaskId: 'n8n-abc',
	taskState: 'created',
	retryable: false,
};

const facts = {
	code: 1301, httpStatus: 400, requestId: 'request-1', taskId: '930810057590833241', externalTaskId: 'n8n-abc',
	taskState: 'created', retryable: false, hint: 'Change the picture.',
};

const refused = (change: Partial<Refusal> = {}): Outcome => ({
	verdict: {
		ok: false,
		refusal: { code: 5000, httpStatus: 500, requestId: 'r', reason: 'busy', cause: 'internal error', hint: 'Later.', resend: 'ambiguous', ...change },
	},
	reply: { status: 500, headers: {}, body: {} },
});

describe('an error carries', () => {
	it('every fact, as properties of its own', () => {
		expect(taskError(node, failure)).toMatchObject({ ...facts, name: 'NodeApiError', message: failure.message, httpCode: '400', context: { itemIndex: 3 } });
	});

	it('what to change, the IDs and the request ID in its description, each once', () => {
		const { description } = taskError(node, failure);
		expect(description).toBe('Change the picture. Task ID: 930810057590833241, external task ID: n8n-abc. Request ID: request-1.');
	});

	it('its facts when n8n copies it into the run data', () => {
		expect({ ...taskError(node, failure) }).toMatchObject(facts);
	});

	it('no more than is known', () => {
		const bare = taskError(node, { message: 'm', hint: 'h', itemIndex: 0, taskState: 'not-created', retryable: true });
		expect(factsOf(bare)).toEqual({ taskState: 'not-created', retryable: true, hint: 'h' });
	});

	it('for input that cannot be used, that nothing was sent', () => {
		const error = inputError(node, 2, 'n is 10', 'Enter 1 to 9.');
		expect(error).toMatchObject({ name: 'NodeOperationError', message: 'n is 10', description: 'Enter 1 to 9.', context: { itemIndex: 2 } });
		expect(factsOf(error)).toEqual({ taskState: 'not-created', retryable: false, hint: 'Enter 1 to 9.' });
	});
});

describe('n8n does not put its own text in the place of ours', () => {
	it.each(['ECONNREFUSED', 'ENOTFOUND', 'ETIMEDOUT', 'ECONNRESET', 'EPIPE', '401', '404', '429', '500', '502', 'getaddrinfo'])(
		'when it contains %s',
		(word) => {
			const message = `Kling did not answer the task: no luck (${word})`;
			expect(taskError(node, { ...failure, message, httpStatus: Number(word) || undefined }).message).toBe(message);
			expect(inputError(node, 0, message, 'x').message).toBe(message);
		},
	);
});

describe('a request that brought nothing', () => {
	it('names what was asked, the code, its meaning and what the provider said', () => {
		const error = outcomeError(exchangeOf(), refused({ code: 1301, httpStatus: 400, resend: 'no' }), { taskState: 'not-created', what: 'the task' });
		expect(error.message).toBe('Kling refused the task (code 1301): internal error: busy');
		expect(error).toMatchObject({ code: 1301, httpStatus: 400, requestId: 'r', retryable: false, hint: 'Later.' });
	});

	it('says the HTTP status where there is no code, and nothing twice', () => {
		const error = outcomeError(exchangeOf(), refused({ code: undefined, reason: 'Internal Error' }), { taskState: 'created', what: 'the list' });
		expect(error.message).toBe('Kling refused the list (HTTP 500): internal error');
	});

	it('that may have created a task warns before paying twice and names the ID to ask for', () => {
		for (const outcome of [refused(), { lost: { kind: 'lost', reason: 'the connection was lost (ECONNRESET)' } } as const]) {
			const error = outcomeError(exchangeOf(), outcome, { taskState: 'may-exist', externalTaskId: 'n8n-abc', what: 'the task' });
			expect(error.hint).toMatch(/may exist.*look it up with the operation Get.*n8n-abc/s);
			expect(error.description?.match(/n8n-abc/g)).toHaveLength(1);
			expect(error).toMatchObject({ taskState: 'may-exist', externalTaskId: 'n8n-abc', retryable: true });
		}
	});

	it('with success but without a task is an error too', () => {
		const outcome: Outcome = { verdict: { ok: true, data: null }, reply: { status: 200, headers: {}, body: {} } };
		expect(outcomeError(exchangeOf(), outcome, { taskState: 'may-exist', what: 'the task' })).toMatchObject({ httpStatus: 200, taskState: 'may-exist' });
	});
});

describe('the item for Continue On Fail', () => {
	it('holds message and facts, is paired, and has nothing that n8n would cut away', () => {
		expect(errorItem(taskError(node, failure), 3, false)).toEqual({
			json: { error: failure.message, details: facts },
			pairedItem: { item: 3 },
		});
	});

	it('on n8n 1.x with an error output has the IDs in its text', () => {
		const { json } = errorItem(taskError(node, failure), 3, true);
		expect(Object.keys(json)).toEqual(['error', 'message']);
		expect(json.message).toContain('930810057590833241');
		expect(json.message).toContain('n8n-abc');
	});
});

describe('a value in a message', () => {
	it.each([
		['abc', '"abc"'], [12, '"12"'], [undefined, '"undefined"'], [null, '"null"'], [{ a: 1 }, '"{"a":1}"'],
		['https://x.test/a.png?Signature=s3cret&Expires=1', '"https://x.test/a.png?…"'],
		['https://x.test/a.png#s3cret', '"https://x.test/a.png?…"'],
		['data:image/png;base64,iVBORw0KGgo', '"data:image/png;base64,…"'],
		['iVBORw0KGgoAAAANSUhEUgAA'.repeat(9), '"iVBORw0KGgoA…"'],
		['n8n-0123456789012345678901234567890123', '"n8n-0123456789012345678901234567890123"'],
		['word '.repeat(50), `"${'word '.repeat(12)}…"`],
	])('%j becomes %s', (value, text) => {
		expect(quote(value)).toBe(text);
	});

	it('shows at most 60 characters, also of a long URL', () => {
		expect(quote(`https://x.test/${'deep/'.repeat(50)}?Signature=s3cret`)).toMatch(/^"https:.{54}…"$/);
		expect(quote(`https://x.test/${'deep/'.repeat(50)}?Signature=s3cret`)).not.toContain('s3cret');
	});
});

it('tells our errors from all others', () => {
	expect([taskError(node, failure), inputError(node, 0, 'a', 'b'), new Error('x'), { taskState: 1, hint: 2 }, null].map(isTaskError)).toEqual([
		true, true, false, false, false,
	]);
});

it('names the IDs that are known', () => {
	expect([idText({}), idText({ taskId: '1' }), idText({ externalTaskId: 'e' }), idText({ taskId: '1', externalTaskId: 'e' })]).toEqual([
		'', 'Task ID: 1', 'external task ID: e', 'Task ID: 1, external task ID: e',
	]);
});
