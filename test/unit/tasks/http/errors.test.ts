/** What an error says about a request that brought nothing usable. */
import { describe, expect, it } from 'vitest';

import { aliyunPortrait } from '../../../../nodes/AliyunPortrait/api';
import { NOT_STARTED, type Outcome } from '../../../../nodes/tasks/http/client';
import { outcomeError, type RequestFacts } from '../../../../nodes/tasks/http/errors';
import type { Lost } from '../../../../nodes/tasks/http/network';
import type { Refusal } from '../../../../nodes/tasks/model/service';
import { endpoint, itemOf } from '../support';

const refused = (change: Partial<Refusal> = {}): Outcome => {
	const words = { reason: 'busy', cause: 'internal error', hint: 'Later.' };
	const refusal: Refusal = { code: 5000, httpStatus: 500, requestId: 'r', ...words, retry: 'ambiguous', ...change };
	return { verdict: { ok: false, refusal }, reply: { status: 500, headers: {}, body: {} } };
};
const lost = (change: Partial<Lost> = {}): Outcome => ({
	lost: { kind: 'lost', reason: 'the connection was lost', code: 'ECONNRESET', ...change },
});

const errorFor = async (
	outcome: Outcome,
	facts: Partial<RequestFacts> = {},
	of: { service: typeof endpoint.service } = endpoint,
) =>
	await outcomeError(itemOf({ account: 'host', itemIndex: 3 }), of, outcome, {
		taskState: 'not-created',
		what: 'to make the image',
		...facts,
	});

describe('a refusal', () => {
	it('names what was asked, its meaning and what the service said; the code is a fact', async () => {
		const error = await errorFor(refused({ code: 1301, httpStatus: 400, retry: 'no' }));
		expect(error.message).toBe('Kling refused to make the image: internal error: busy');
		const facts = {
			code: 1301,
			httpStatus: 400,
			requestId: 'r',
			retryable: false,
			hint: 'Later.',
			context: { itemIndex: 3 },
		};
		expect(error).toMatchObject(facts);
	});

	it('says nothing twice', async () => {
		const error = await errorFor(refused({ code: undefined, reason: 'Internal Error' }), { what: 'to list the tasks' });
		expect(error.message).toBe('Kling failed to list the tasks: internal error');
	});

	it.each<[Refusal['retry'], boolean]>([
		['no', false],
		['withNewSignature', false],
		['later', true],
		['noSlot', true],
		['ambiguous', true],
	])('that may be sent again "%s" is retryable: %s', async (retry, retryable) => {
		expect(await errorFor(refused({ retry }))).toMatchObject({ retryable });
	});

	it('is short where the service puts a text in the place of a code, too', async () => {
		for (const code of ['not accepted '.repeat(20), '超额'.repeat(200)]) {
			const { message } = await errorFor(refused({ code, reason: 'busy '.repeat(100) }));
			expect(message.length).toBeLessThanOrEqual(300);
		}
	});

	it('repeats no more of the service than 300 characters, and nothing that looks like a key', async () => {
		const { message } = await errorFor(refused({ reason: `no ${'k3y'.repeat(40)} ${'word '.repeat(200)}` }));
		expect(message.length).toBeLessThan(400);
		expect(message).not.toContain('k3y'.repeat(10));
	});

	it.each<[Refusal['meaning'], RegExp, RegExp]>([
		['notFound', /^Kling does not know the task: busy$/, /credential is of the account and region/],
		['notListed', /among the newest of its list/, /Ask with the task ID/],
	])(
		'of a task that is asked for (%s) says what to check; of a create the same words mean something else',
		async (meaning, cause, hint) => {
			const error = await errorFor(refused({ meaning }), { taskId: '1' });
			expect([error.message, error.hint]).toEqual([expect.stringMatching(cause), expect.stringMatching(hint)]);
			expect(await errorFor(refused({ meaning }))).toMatchObject({ hint: 'Later.' });
		},
	);
});

describe('a request that was lost', () => {
	it('to which nothing answers names the host, without what a base URL may hold besides', async () => {
		const error = await errorFor(
			lost({ kind: 'unsent', reason: 'the host name is unknown', code: 'ENOTFOUND', isSilent: true }),
		);
		expect(error.message).toBe('Nothing answers at host.test. Check Region or Base URL.');
		expect(error.description).toBe(
			'The host name is unknown. Check the network, the proxy and Region or Base URL of the credential, then run the node again.',
		);
		expect(error).toMatchObject({ taskState: 'not-created', retryable: true, code: 'ENOTFOUND' });
	});

	it('that only the user can change says so in words of its own, and is not retryable', async () => {
		const given = {
			kind: 'unsent' as const,
			reason: 'The field API Key is empty',
			isSentence: true,
			code: undefined,
			final: true,
			hint: 'Fill it in.',
		};
		const error = await errorFor(lost(given));
		const texts = { message: 'The field API Key is empty', description: 'Fill it in.', hint: 'Fill it in.' };
		expect(error).toMatchObject({ ...texts, retryable: false });
	});

	it('on its way says why; the code of the network is a fact, since n8n rewords a message with one', async () => {
		const error = await errorFor(lost());
		expect(error.message).toBe('No answer from Kling: the connection was lost');
		expect(error.description).not.toContain('ECONNRESET');
		expect(error.context.data).toMatchObject({ code: 'ECONNRESET', reason: 'the connection was lost' });
	});

	it('because the execution was stopped says so', async () => {
		expect((await errorFor(NOT_STARTED)).message).toBe('The execution was stopped');
	});
});

describe('a create that may have been carried out', () => {
	const facts = { taskState: 'may-exist', externalTaskId: 'n8n-abc' } as const;

	it.each([
		['refused with a breakdown', refused()],
		['lost', lost()],
	])('%s warns before paying twice and carries the ID to ask for', async (_, outcome) => {
		const error = await errorFor(outcome, facts);
		expect(error.message).toMatch(/answer from Kling: the task may have been created/);
		expect(error.hint).toBe('Get the task by its external task ID (Error details) before you create it again.');
		expect(error).toMatchObject({ ...facts, retryable: true });
	});

	it('says what to do where the service cannot be asked', async () => {
		const { hint } = await errorFor(lost(), { taskState: 'may-exist' }, { service: aliyunPortrait });
		expect(hint).toContain('Check the call log in the Alibaba Cloud console first.');
	});

	it('is not what a read is: it knows the ID that it asked for', async () => {
		const { hint } = await errorFor(lost(), { taskState: 'may-exist', taskId: '1' });
		expect(hint).not.toContain('Get the task');
	});

	it('with success but without a task is an error too', async () => {
		const outcome: Outcome = { verdict: { ok: true, data: null }, reply: { status: 200, headers: {}, body: {} } };
		expect(await errorFor(outcome, { taskState: 'may-exist' })).toMatchObject({
			message: 'No usable answer from Kling: the task may have been created',
			httpStatus: 200,
			taskState: 'may-exist',
		});
	});
});
