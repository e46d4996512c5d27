/** What unsigned callbacks may cost: anybody who finds the address can send them. */
import { randomUUID } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';

import type { Task } from '../../../../../nodes/tasks/model/task';
import { receiveCallback } from '../../../../../nodes/tasks/triggers/callback/receive';
import type { CallbackSource } from '../../../../../nodes/tasks/triggers/callback/request';
import { callOf, endpoint, NOW, PausingClock, service, task } from '../support';

const source: CallbackSource = {
	endpoints: [endpoint],
	readCallback: (body) => body as Task,
	secretField: 'webhookSecret',
};
const SECRET = `whsec_${Buffer.from('twenty-four bytes of key').toString('base64')}`;
const LATER = 503;

/** A trigger at a service that knows the tasks in `known`, and what was read, answered, logged and started. */
function trigger(options = {}) {
	const known = new Map<string, Task['status']>();
	const reads: string[] = [];
	const log: string[] = [];
	const started: unknown[] = [];
	const statuses: Record<number, number> = {};
	const clock = new PausingClock();
	const given = {
		key: randomUUID(),
		account: randomUUID(),
		clock,
		memory: {},
		parameters: { resource: 'picture', event: 'taskFinished', options },
		answer: ({ url }: { url: string }) => {
			const id = url.split('/').at(-1) ?? '';
			reads.push(id);
			const status = known.get(id);
			return status === undefined ? 404 : task(id, status);
		},
	};
	const send = async (told: Task, more: { secret?: string; headers?: Record<string, string> } = {}) => {
		const call = callOf({ ...given, ...more, body: told }, log);
		const { workflowData } = await receiveCallback(call, source);
		if (workflowData) started.push(told.taskId);
		const status = call.answers[0]?.status ?? 200;
		statuses[status] = (statuses[status] ?? 0) + 1;
		return status;
	};
	const signed = async (told: Task) => {
		const at = new Date(clock.now());
		const headers = {
			'webhook-id': 'msg',
			'webhook-timestamp': String(at.getTime() / 1000),
			'webhook-signature': new Webhook(SECRET).sign('msg', at, JSON.stringify(told)),
		};
		return await send(told, { secret: SECRET, headers });
	};
	return { known, reads, log, started, statuses, clock, send, signed };
}

const invented = (count: number) => Array.from({ length: count }, () => task(randomUUID()));
const awayLines = (log: string[]) => log.filter((line) => line.includes('turned away'));

describe('invented tasks', () => {
	it.each([
		['one after the other', false],
		['all at once', true],
	])('10,000 of them %s cost 300 reads and one log line of each kind a minute', async (_, atOnce) => {
		const { send, reads, statuses, log, started } = trigger();
		if (atOnce) await Promise.all(invented(10_000).map(async (each) => await send(each)));
		else for (const each of invented(10_000)) await send(each);
		expect(reads).toHaveLength(300);
		expect(statuses).toEqual({ 200: 300, [LATER]: 9_700 });
		expect(started).toEqual([]);
		expect(log).toHaveLength(2);
		expect(awayLines(log)).toHaveLength(1);
	});

	it('cost 60 reads a minute after that, and each minute the log says how many were turned away', async () => {
		const { send, reads, log, clock } = trigger();
		for (const each of invented(1_000)) await send(each);
		for (let minute = 1; minute <= 3; minute += 1) {
			clock.time = NOW + minute * 60_000;
			for (const each of invented(500)) await send(each);
			expect(reads).toHaveLength(300 + minute * 60);
		}
		expect(awayLines(log).map((line) => Number(/last such line: (\d+);/.exec(line)?.[1]))).toEqual([1, 699, 440, 440]);
		expect(awayLines(log)[1]).toContain('With a Webhook Secret in the credential signed callbacks are always taken.');
	});

	it('do not use up what another node may read', async () => {
		const [one, other] = [trigger(), trigger()];
		for (const each of invented(1_000)) await one.send(each);
		other.known.set('1', 'succeeded');
		await other.send(task('1'));
		expect(other.started).toEqual(['1']);
	});

	it('are answered with 503, so that a true one among them is taken when it comes again', async () => {
		const { known, send, started, clock } = trigger();
		known.set('true', 'failed');
		for (const each of invented(400)) await send(each);
		expect(await send(task('true'))).toBe(LATER);
		clock.time += 1_000;
		expect(await send(task('true'))).toBe(200);
		expect(started).toEqual(['true']);
	});
});

describe('the same unknown task', () => {
	it('is asked for once a minute, at the same moment too', async () => {
		const { send, reads, statuses, clock } = trigger();
		const told = task('nobody');
		await Promise.all(Array.from({ length: 50 }, async () => await send(told)));
		for (let call = 0; call < 50; call += 1) await send(told);
		expect(reads).toHaveLength(1);
		expect(statuses).toEqual({ 200: 50, [LATER]: 50 });
		clock.time += 60_000;
		await send(told);
		expect(reads).toHaveLength(2);
	});

	it('that turns up later is taken at its next status, and at the same one after a minute', async () => {
		const { known, send, started, clock } = trigger();
		await send(task('new', 'failed'));
		await send(task('other'));
		for (const id of ['new', 'other']) known.set(id, 'succeeded');
		expect([await send(task('new')), await send(task('other'))]).toEqual([200, LATER]);
		expect(started).toEqual(['new']);
		clock.time += 60_000;
		await send(task('other'));
		expect(started).toEqual(['new', 'other']);
	});
});

describe('honest callbacks are never turned away', () => {
	it('2,000 in a moment, one after the other or 250 at once', async () => {
		const { known, send, started, statuses } = trigger();
		const all = Array.from({ length: 2_000 }, (_, number) => task(String(number)));
		for (const { taskId, status } of all) known.set(taskId, status);
		for (let first = 0; first < 1_000; first += 250)
			await Promise.all(all.slice(first, first + 250).map(async (each) => await send(each)));
		for (const each of all.slice(1_000)) await send(each);
		expect([started.length, statuses]).toEqual([2_000, { 200: 2_000 }]);
	});

	it('with a valid signature, whatever others send meanwhile', async () => {
		const { known, send, signed, started, reads, log } = trigger({ requireSignature: false });
		for (const each of invented(1_000)) await send(each, { secret: SECRET });
		expect(awayLines(log)).toHaveLength(1);
		const before = reads.length;
		for (let id = 0; id < 700; id += 1) known.set(String(id), 'succeeded');
		for (let id = 0; id < 700; id += 1) expect(await signed(task(String(id)))).toBe(200);
		expect([started.length, reads.length - before]).toEqual([700, 700]);
	});
});

describe('a lie about a running task', () => {
	it('again and again is read for some seconds each time, and turned away as invented ones are', async () => {
		const { known, send, reads, clock } = trigger();
		known.set('leaked', 'processing');
		for (let call = 0; call < 1_000; call += 1) {
			const { time } = clock;
			await send(task('leaked'));
			clock.time = time;
		}
		expect(reads).toHaveLength(4 * 300);
	});

	it('does not keep the true end from being told', async () => {
		const { known, send, started } = trigger();
		known.set('1', 'processing');
		for (let call = 0; call < 5; call += 1) await send(task('1'));
		known.set('1', 'succeeded');
		await send(task('1'));
		expect(started).toEqual(['1']);
	});
});

it('the service is named in the log as its users know it', async () => {
	const { send, log } = trigger();
	for (const each of invented(301)) await send(each);
	expect(awayLines(log).join()).toContain(service.name);
});
