/** What strangers may send to the Kling Callback Trigger and to a suspended execution, and how little that costs. */
import { describe, expect, it } from 'vitest';

import { collectLog, type LogEntry } from '../../harness/log.ts';
import type { WebhookRequest } from '../../harness/index.ts';
import { SECRET, signed, started, startCallbacks } from './callbackSupport.ts';
import { expanding, given, startSuspending, stillSuspended } from './suspendedSupport.ts';

const { create, end, hook, reads } = await startCallbacks();
const { n8n: suspending, suspend, tell, finish, taskIds, askedDuring } = await startSuspending();

const bytes = { 'content-type': 'application/octet-stream' };
const invented = (number: number) => ({ task_id: `83192234567${1_000_000 + number}`, task_status: 'succeed' });
const task = '"task_id":"831922345678901234","task_status":"succeed"';
/** A body of 65,000 characters. */
const filled = (head: string, piece: string, tail = '') =>
	head + piece.repeat(Math.floor((65_000 - head.length - tail.length) / piece.length)) + tail;

/** Bodies that hold no task, or would keep n8n busy. */
const HOSTILE: Array<[name: string, body: string | Buffer, status: number]> = [
	['an ID of 64,000 digits', filled('{"task_id":', '9', ',"task_status":"succeed"}'), 400],
	['an ID of 64,000 digits as text', filled('{"task_id":"', '9', '","task_status":"succeed"}'), 400],
	['digits that never end', filled('{"task_id":', '9'), 400],
	['thousands of long numbers', filled(`{${task},"a":[`, '12345678901234567,', '1]}'), 400],
	['quotes', filled('', '"'), 400],
	['backslashes', filled('{"task_id":"', '\\\\'), 400],
	['brackets', filled('', '['), 400],
	['brackets that end', '['.repeat(32_000) + ']'.repeat(32_000), 400],
	['objects in objects', filled('', '{"data":'), 400],
	['thousands of images', filled(`{${task},"task_result":{"images":[`, '{"url":"x"},', '{}]}}'), 400],
	['thousands of outputs', filled('{"id":"8319223456","status":"succeeded","outputs":[', '0,', '0]}'), 400],
	['thousands of views', filled(`{${task},"task_result":{"images":[{`, '"url_1":"x",', '"a":1}]}}'), 400],
	['broken UTF-8', Buffer.concat([Buffer.from(`{${task},"a":"`), Buffer.from([0xf0, 0x28]), Buffer.from('"}')]), 400],
	['UTF-16', Buffer.from(`{${task}}`, 'utf16le'), 400],
	['a prototype', `{"__proto__":{${task}},"constructor":{"prototype":{${task}}}}`, 400],
	['an ID that is overwritten by none', `{${task},"task_id":{"$gt":""}}`, 400],
	['a JSON of 200 kB', `{${task},"a":"${'x'.repeat(200_000)}"}`, 413],
	['16 MB that n8n lets through', `{${task},"a":"${'\\"'.repeat(8 * 2 ** 20 - 100)}"}`, 413],
];

describe('a hostile body', () => {
	it.each(HOSTILE)('%s is refused by the trigger without a read', async (_, body, status) => {
		const before = reads().length;
		for (const trigger of [hook(), hook({}, { webhookSecret: SECRET })]) {
			const answer = await trigger.call({ body, headers: { ...signed(String(body)), ...bytes } });
			expect([answer.thrown, answer.items]).toEqual([undefined, []]);
			expect([status, 401]).toContain(answer.status);
		}
		expect(reads().length).toBe(before);
	});

	it.each(HOSTILE)('%s is refused at the address of an execution without a read', async (_, body, status) => {
		const run = await suspend(expanding());
		const [answer, asked] = await askedDuring(async () => await suspending.resume(run, { body, headers: bytes }));
		expect([stillSuspended(answer), asked]).toEqual([status, []]);
		await finish(...taskIds());
		expect(given((await tell(run, taskIds()[0] ?? '')).run)).toHaveLength(2);
	});

	it.each([
		['webhook-id', 'x'.repeat(100_000)],
		['webhook-timestamp', '9'.repeat(100_000)],
		['webhook-signature', 'v1,AAAA '.repeat(12_500) + signed(invented(0), { id: 'msg' })['webhook-signature']],
	])('with a %s of 100,000 characters is refused', async (name, value) => {
		const body = invented(0);
		const answer = await hook({}, { webhookSecret: SECRET }).call({
			body,
			headers: { ...signed(body, { id: 'msg' }), [name]: value },
		});
		expect([answer.status, answer.items, answer.thrown]).toEqual([401, [], undefined]);
	});
});

describe('invented tasks', () => {
	it('cost at most 300 reads, however many are told of; signed ones and other nodes do not suffer', async () => {
		const trigger = hook({ options: { requireSignature: false } }, { webhookSecret: SECRET });
		const before = reads().length;
		const lines: string[] = [];
		const statuses = new Map<number, number>();
		for (let first = 0; first < 1_200; first += 50) {
			const requests = Array.from({ length: 50 }, (_, number): WebhookRequest => ({ body: invented(first + number) }));
			for (const answer of await Promise.all(requests.map(async (request) => await trigger.call(request)))) {
				statuses.set(answer.status, (statuses.get(answer.status) ?? 0) + 1);
				lines.push(...answer.log.map(({ message }) => message));
				expect(answer.items).toEqual([]);
			}
		}
		// Some come back while this runs: 60 a minute.
		const asked = reads().length - before;
		expect(asked).toBeGreaterThanOrEqual(300);
		expect(asked).toBeLessThanOrEqual(400);
		expect([...statuses]).toEqual([
			[200, asked],
			[503, 1_200 - asked],
		]);
		expect(lines.filter((line) => line.includes('turned away')).length).toBeLessThanOrEqual(2);
		expect(lines.length).toBeLessThanOrEqual(4);

		const told = await end(await create());
		expect(started(await trigger.call({ body: told, headers: signed(told) }))).toBe(true);
		const other = await end(await create());
		expect(started(await hook().call({ body: other }))).toBe(true);
	});

	it('of one ID cost one read', async () => {
		const trigger = hook();
		const before = reads().length;
		for (let call = 0; call < 20; call += 1) await trigger.call({ body: invented(7_000_000) });
		expect(reads().length - before).toBe(1);
	});
});

describe('the same callback again and again', () => {
	it('costs a suspended execution a bounded number of reads, and the true end is not lost', async () => {
		const run = await suspend(expanding());
		const [first = '', last = ''] = taskIds();
		const asked = await suspending.atSpeed(600, async () => {
			const begun = performance.now();
			const [, during] = await askedDuring(async () => {
				for (let call = 0; call < 60; call += 1) expect(stillSuspended(await tell(run, first))).toBe(200);
			});
			return { reads: during.length, minutes: ((performance.now() - begun) * 600) / 60_000 };
		});
		expect(asked.reads).toBeLessThanOrEqual(14 + 6 * asked.minutes);
		await finish(first, last);
		expect(given((await suspending.atSpeed(600, async () => await tell(run, last))).run)).toHaveLength(2);
	});
});

describe('a trigger that begins to listen', () => {
	const published = async (parameters: object, webhookSecret = '') => {
		const log: LogEntry[] = [];
		await collectLog(log, async () => await hook(parameters as never, { webhookSecret }).publish());
		return log.map(({ level, message }) => `${level}: ${message}`);
	};

	it('with neither reading nor secret says so in one line of the log', async () => {
		const options = { verifyByReading: false };
		expect(await published({ options })).toEqual([
			expect.stringMatching(/^warn: Node: Verify by Reading is off and the credential has no Webhook Secret/),
		]);
		expect(await published({ options }, SECRET)).toEqual([]);
		expect(await published({})).toEqual([]);
	});

	it.each([1, 8, 15])('with a secret of %i bytes is refused, and takes no callback', async (length) => {
		const webhookSecret = `whsec_${Buffer.alloc(length, 1).toString('base64')}`;
		const problem = /^The Webhook Secret cannot be used: it has fewer than 16 bytes/;
		await expect(published({}, webhookSecret)).rejects.toThrow(problem);
		const told = await end(await create());
		const answer = await hook({}, { webhookSecret }).call({
			body: told,
			headers: signed(told, { secret: webhookSecret }),
		});
		expect(answer).toMatchObject({ status: 500, items: [], body: { message: expect.stringMatching(problem) } });
	});
});
