/** What the Kling Callback Trigger refuses, with which status, and that nothing of the secret is told. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';

import type { WebhookRequest } from '../../harness/index.ts';
import { OTHER_SECRET, SECRET, signed, started, startCallbacks } from './callbackSupport.ts';

const { create, end, hook, reads } = await startCallbacks();

/** The body limit that docs/nodes/kling-callback-trigger.md states, in bytes. */
const LARGEST = 65_536;

const told = { task_id: '831922345678901234', task_status: 'succeed' };
const refused = async (request: WebhookRequest, status: number, trigger = hook()) => {
	const before = reads().length;
	const answer = await trigger.call(request);
	expect(answer).toMatchObject({ status, items: [] });
	expect(answer.thrown).toBeUndefined();
	expect(reads().length).toBe(before);
	return answer;
};

describe('with a webhook secret', () => {
	const secure = (parameters = {}) => hook(parameters, { webhookSecret: SECRET });
	const signature = signed(told)['webhook-signature'] ?? '';

	it('a signed callback is taken, also with two signatures and another spelling of its JSON', async () => {
		const body = `${JSON.stringify(await end(await create()), undefined, 1)}\n`;
		const headers = signed(body);
		headers['webhook-signature'] =
			`${signed(body, { secret: OTHER_SECRET })['webhook-signature']} ${headers['webhook-signature']}`;
		expect(started(await secure().call({ body, headers }))).toBe(true);
	});

	it.each<[string, Record<string, string>, RegExp]>([
		['no signature', {}, /signature is missing/],
		['the signature of another secret', signed(told, { secret: OTHER_SECRET }), /does not fit/],
		['the signature of another body', signed({ ...told, task_status: 'failed' }), /does not fit/],
		['a signature under another ID', { ...signed(told), 'webhook-id': 'msg_other' }, /does not fit/],
		['a signature alone', { 'webhook-signature': signature }, /does not fit/],
		['a signature of six minutes ago', signed(told, { agoS: 360 }), /minutes old.*clock of the machine that runs n8n/],
		[
			'a signature from the future, by a clock that is 12 hours slow',
			signed(told, { agoS: -43_200 }),
			/clock of the machine/,
		],
	])('%s is refused with 401', async (_, headers, reason) => {
		const { body, log } = await refused({ body: told, headers }, 401, secure());
		expect(body).toEqual({ message: expect.stringMatching(reason) });
		expect(log).toMatchObject([{ level: 'warn', message: expect.stringMatching(reason) }]);
	});

	it('the secret of another account refuses what Kling signs', async () => {
		await refused({ body: told, headers: signed(told) }, 401, hook({}, { webhookSecret: OTHER_SECRET }));
	});

	it('a secret that is none answers 500 and says so', async () => {
		const { body } = await refused(
			{ body: told, headers: signed(told) },
			500,
			hook({}, { webhookSecret: 'this is no secret!' }),
		);
		expect(body).toEqual({ message: expect.stringContaining('Webhook Secret') });
	});

	it('where unsigned ones are allowed they are read, whatever else is set; wrong ones are refused', async () => {
		const trigger = secure({ options: { requireSignature: false, verifyByReading: false } });
		const running = await create();
		expect(
			started(await trigger.call({ body: { ...running, task_id: '831922345678901239', task_status: 'succeed' } })),
		).toBe(false);
		expect(started(await trigger.call({ body: await end(running) }))).toBe(true);
		await refused({ body: told, headers: signed(told, { secret: OTHER_SECRET }) }, 401, trigger);
		expect(started(await trigger.call({ body: told, headers: signed(told) }))).toBe(true);
	});
});

describe('the body', () => {
	const padded = (length: number) => {
		const text = JSON.stringify({ ...told, task_status: 'processing' });
		return text + ' '.repeat(length - text.length);
	};

	it(`of ${LARGEST} bytes is taken, a longer one refused with 413`, async () => {
		expect(await hook().call({ body: padded(LARGEST) })).toMatchObject({ status: 200 });
		await refused({ body: padded(LARGEST + 1) }, 413);
		await refused({ body: padded(8_000_000) }, 413);
		await refused(
			{ body: padded(LARGEST + 1), headers: signed(padded(LARGEST + 1)) },
			413,
			hook({}, { webhookSecret: SECRET }),
		);
	});

	it.each<[string, WebhookRequest, number]>([
		['none', {}, 400],
		['no JSON, as text', { body: 'task succeeded', headers: { 'content-type': 'text/plain' } }, 400],
		[
			'no JSON, as bytes',
			{ body: Buffer.from([0, 1, 2]), headers: { 'content-type': 'application/octet-stream' } },
			400,
		],
		['half of a JSON', { body: JSON.stringify(told).slice(0, -4), headers: { 'content-type': 'text/json' } }, 400],
		[
			'no JSON under its name, which n8n refuses',
			{ body: '{', headers: { 'content-type': 'application/json; charset=utf-8' } },
			422,
		],
		['a form with files', { body: '--x', headers: { 'content-type': 'multipart/form-data; boundary=x' } }, 400],
		[
			'a form',
			{ body: 'task_id=1&task_status=succeed', headers: { 'content-type': 'application/x-www-form-urlencoded' } },
			400,
		],
		['JSON of somebody else', { body: { event: 'push' } }, 400],
		['a list', { body: [told] }, 400],
		['a number', { body: '1' }, 400],
		['a task with an ID of a thousand characters', { body: { ...told, task_id: '1'.repeat(1_000) } }, 400],
		['JSON that is deep', { body: '['.repeat(30_000) + ']'.repeat(30_000) }, 400],
	])('%s', async (_, request, status) => {
		await refused(request, status);
	});
});

describe('nothing secret is told', () => {
	it('in answers, logs and items', async () => {
		const key = SECRET.slice(6);
		const bodies = [told, await end(await create()), { ...told, task_id: 'x y' }];
		const texts: string[] = [];
		for (const body of bodies) {
			for (const headers of [{}, signed(body), signed(body, { secret: OTHER_SECRET }), signed(body, { agoS: 900 })]) {
				for (const webhookSecret of [SECRET, OTHER_SECRET, `${SECRET} is not a secret!`]) {
					const {
						log,
						body: answer,
						items,
						thrown,
						execution,
					} = await hook({}, { webhookSecret }).call({ body, headers });
					texts.push(inspect({ log, answer, items, thrown, output: execution?.output('Output') }, { depth: 9 }));
				}
			}
		}
		expect(texts.join('').length).toBeGreaterThan(1_000);
		for (const secret of [key, OTHER_SECRET.slice(6), key.slice(4, 20)]) expect(texts.join('')).not.toContain(secret);
	});

	it('anybody can cause one warning of a kind a minute, not a thousand', async () => {
		const trigger = hook();
		const logs = [];
		for (let request = 0; request < 50; request += 1)
			logs.push(...(await trigger.call({ body: 'x'.repeat(request), headers: { 'content-type': 'text/plain' } })).log);
		expect(logs).toHaveLength(1);
	});
});
