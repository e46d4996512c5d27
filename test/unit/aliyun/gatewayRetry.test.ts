/** What the engine does after a refusal of the gateway: whether a read or a paid create is sent again, and when. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import { aliyunPortrait } from '../../../nodes/AliyunPortrait/api';
import { read } from '../../../nodes/tasks/http/client';
import type { ItemContext } from '../../../nodes/tasks/item/context';
import type { ByteStream } from '../../../nodes/tasks/item/host';
import { readSettings } from '../../../nodes/tasks/item/settings';
import type { Endpoint } from '../../../nodes/tasks/model/service';
import { submit } from '../../../nodes/tasks/submit/submit';
import { itemOf, PausingClock } from '../tasks/triggers/support';
import { ROWS } from './gatewayCodes';

const endpoint: Endpoint = { service: aliyunPortrait, resource: 'portrait', path: '/cloud/aigc_task_create' };

interface Answer {
	status: number;
	headers?: Record<string, string>;
	body?: unknown;
}

const says = (code: string): Answer => ({ status: Number(code.slice(1, 4)), headers: { 'x-ca-error-code': code } });
const accepted: Answer = { status: 200, body: { ret: 0, body: { task_id: 'T1', user_id: 'U1' } } };

let accounts = 0;

/** An item whose requests get these answers in turn, the last one again and again; `sent` collects them. */
function itemWith(answers: Answer[]) {
	const clock = new PausingClock();
	const sent: unknown[] = [];
	const send: ItemContext['send'] = async (_connection, request) => {
		sent.push(request);
		const { status, headers = {}, body } = answers[Math.min(sent.length, answers.length) - 1] ?? accepted;
		const parts = body === undefined ? [] : [Buffer.from(JSON.stringify(body))];
		return { statusCode: status, headers, body: Readable.from(parts) as unknown as ByteStream };
	};
	const item = { ...itemOf({ answer: () => undefined, account: `account ${++accounts}`, clock }), send };
	return { item, sent, clock };
}

async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
	return await promise.then(
		(value) => Promise.reject(new Error(`Resolved with ${JSON.stringify(value)}`)),
		(error: unknown) => error,
	);
}

const create = async (item: ItemContext) =>
	await submit(item, endpoint, readSettings(item, endpoint), () => ({
		body: { user_id: 'U1', style: 's' },
		images: [],
	}));
const readOf = async (item: ItemContext) => await read(item, aliyunPortrait, aliyunPortrait.taskRequest('', 'T1'));

describe('an open breaker is waited for, 90 s,', () => {
	it('by a create', async () => {
		const { item, sent, clock } = itemWith([says('D503CB'), accepted]);
		const start = clock.now();
		expect((await create(item)).task).toMatchObject({ taskId: 'T1', userId: 'U1' });
		expect(sent).toHaveLength(2);
		expect(clock.now() - start).toBeGreaterThanOrEqual(90_000);
	});

	it('by a read', async () => {
		const { item, clock } = itemWith([says('D503CB'), accepted]);
		expect(await readOf(item)).toMatchObject({ verdict: { ok: true } });
		expect(clock.pauses).toEqual([90_000]);
	});
});

it('throttling of a create is waited for and the create sent again, as often as Queue Timeout allows', async () => {
	const { item, sent } = itemWith([...Array<Answer>(6).fill(says('T429ID')), accepted]);
	expect((await create(item)).task.taskId).toBe('T1');
	expect(sent).toHaveLength(7);
	const never = itemWith([says('T429ID')]);
	const start = never.clock.now();
	expect(await rejectionOf(create(never.item))).toMatchObject({
		code: 'T429ID',
		taskState: 'not-created',
		retryable: true,
	});
	expect(never.clock.now() - start).toBeLessThanOrEqual(15 * 60_000);
});

it.each(ROWS.filter(([, verdict]) => verdict === 'ambiguous'))('%s on a create: sent once, may exist', async (code) => {
	const { item, sent } = itemWith([says(code), accepted]);
	expect(await rejectionOf(create(item))).toMatchObject({
		code,
		taskState: 'may-exist',
		hint: expect.stringContaining('console'),
	});
	expect(sent).toHaveLength(1);
});

it.each(ROWS.filter(([, verdict]) => verdict === 'no'))(
	'%s on a create or read: sent once, nothing was created',
	async (code) => {
		const { item, sent } = itemWith([says(code), accepted]);
		expect(await rejectionOf(create(item))).toMatchObject({ code, taskState: 'not-created', retryable: false });
		expect(sent).toHaveLength(1);
		const reading = itemWith([says(code), accepted]);
		expect(await readOf(reading.item)).toMatchObject({ verdict: { ok: false } });
		expect(reading.sent).toHaveLength(1);
	},
);

it.each(ROWS.filter(([, verdict]) => verdict !== 'no'))('%s on a read: sent again', async (code) => {
	const { item, sent } = itemWith([says(code), accepted]);
	expect(await readOf(item)).toMatchObject({ verdict: { ok: true } });
	expect(sent).toHaveLength(2);
});
