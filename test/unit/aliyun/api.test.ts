/** What the answers of the portrait API mean: envelope, states, tasks. */
import { describe, expect, it } from 'vitest';

import { aliyunPortrait } from '../../../nodes/AliyunPortrait/api';
import { parseJson } from '../../../nodes/tasks/util/parse';
import type { Refusal } from '../../../nodes/tasks/model/service';

const reply = (body: unknown, status = 200, headers: Record<string, string> = {}) => ({ status, headers, body });
const read = (body: unknown, status?: number, headers?: Record<string, string>) =>
	aliyunPortrait.readReply(reply(body, status, headers));

function refused(body: unknown, status?: number, headers?: Record<string, string>): Refusal {
	const verdict = read(body, status, headers);
	if (verdict.ok) throw new Error(`It is a success: ${JSON.stringify(verdict)}`);
	return verdict.refusal;
}

const ID = '00e0931c-de26-4e67-9b7e-15f56ea4c0f5';
const task = (data: unknown, askedFor?: string) => aliyunPortrait.readTask(data, { resource: 'portrait' }, askedFor);

describe('the envelope', () => {
	it.each([
		[{ ret: 0, body: 'user_upload/T1/a.jpg' }, 'user_upload/T1/a.jpg'],
		[{ body: { id: ID }, ret: 0 }, { id: ID }],
		[{ ret: '0', body: [] }, []],
		[{ ret: '00', body: 1 }, 1],
		[{ ret: 0 }, undefined],
		[{ ret: 0, body: null }, null],
	])('%j is a success', (body, data) => {
		expect(read(body)).toEqual({ ok: true, data, requestId: undefined });
		expect(read(body, 200, { 'x-ca-request-id': 'R1' })).toEqual({ ok: true, data, requestId: 'R1' });
	});

	it.each([
		[1001, 1001],
		['1001', 1001],
		[-1, -1],
		['E_BALANCE', 'E_BALANCE'],
		[0.5, 0.5],
	])('ret %j under HTTP 200 is a refusal for good', (ret, code) => {
		expect(refused({ ret, msg: 'no', body: null })).toMatchObject({ code, httpStatus: 200, reason: 'no', retry: 'no' });
	});

	it.each(['msg', 'message', 'error', 'err_msg', 'ret_msg'])('takes the text from %s', (key) => {
		const body = { ret: 7, [key]: '余额不足', body: null, detail: { x: [1] } };
		expect(refused(body)).toMatchObject({
			reason: '余额不足',
			hint: 'Change what the message names.',
		});
	});

	it.each([{ ret: 7 }, { ret: 7, msg: '' }, { ret: 7, msg: null, message: { deep: 1 } }, { ret: 7, msg: ['x'] }])(
		'%j without a text shows the body all the same',
		(body) => {
			expect(refused(body)).toMatchObject({ reason: JSON.stringify(body) });
		},
	);

	it('a very long answer is kept short, and a photo in it is left out', () => {
		const photo = 'iVBORw0KGgo'.padEnd(5_000, 'Ab/+');
		const { reason, hint } = refused({ ret: 1, msg: `style does not exist: ${photo}`, detail: 'x y '.repeat(2_000) });
		// The engine shortens what a service says.
		expect(reason).toBe(`style does not exist: ${photo}`);
		expect(hint.length).toBeLessThan(350);
		expect(hint).not.toContain(photo.slice(12, 40));
	});

	it.each([
		[500, 'ambiguous'],
		[502, 'ambiguous'],
		[503, 'ambiguous'],
		[429, 'ambiguous'],
		[400, 'no'],
		[401, 'no'],
		[403, 'no'],
		[450, 'no'],
	])('with ret under HTTP %i a create may be sent again: %s', (status, retry) => {
		expect(refused({ ret: 5, msg: 'x' }, status)).toMatchObject({ httpStatus: status, code: 5, retry });
		// Even ret 0 is none under a failing status.
		expect(refused({ ret: 0, body: {} }, status)).toMatchObject({ httpStatus: status, retry });
	});

	it('asks to wait as Retry-After says', () => {
		expect(refused({ ret: 5 }, 429, { 'retry-after': '3' }).retryAfterMs).toBe(3_000);
	});

	it.each([
		undefined,
		null,
		'',
		'text',
		7,
		[],
		{},
		{ code: 0, data: {} },
		{ body: 'x' },
		{ ret: null, body: 'x' },
		{ ret: {}, body: 1 },
		{ ret: true },
	])('%j under HTTP 200 is no answer of this API, and a create may have been carried out', (body) => {
		expect(refused(body)).toMatchObject({
			httpStatus: 200,
			retry: 'ambiguous',
			cause: 'the answer is not of this API',
			hint: expect.stringContaining('base URL'),
		});
	});

	it('speaks for the gateway when it refused, and for the service when it passed the answer on', () => {
		expect(refused(undefined, 403, { 'x-ca-error-code': 'B403MQ', 'x-ca-request-id': 'R' })).toMatchObject({
			code: 'B403MQ',
			requestId: 'R',
		});
		expect(refused({ ret: 1002, msg: 'x' }, 200, { 'x-ca-request-id': 'R' })).toMatchObject({
			code: 1002,
			requestId: 'R',
		});
		// Some gateways refuse under HTTP 200.
		expect(refused('', 200, { 'x-ca-error-message': 'Quota Exhausted' })).toMatchObject({
			cause: 'the calls of the package are used up',
			retry: 'no',
		});
	});
});

describe('an unknown task', () => {
	it.each(['task_id does not exist: x', 'Task not found', 'task x not exist', 'unknown task', '任务不存在'])(
		'is told by %j',
		(msg) => {
			expect(refused({ ret: 1002, msg }).meaning).toBe('notFound');
		},
	);

	it.each(['style does not exist: x', 'user_id does not exist: U1', 'photo not found', ''])(
		'is not told by %j',
		(msg) => {
			expect(refused({ ret: 1002, msg }).meaning).toBeUndefined();
		},
	);

	it('is looked for in linear time', () => {
		expect(refused({ ret: 1, msg: 'task '.repeat(100_000) }).meaning).toBeUndefined();
	});

	it('may be an empty body', () => {
		expect(aliyunPortrait.emptyMeansUnknown).toBe(true);
	});
});

describe('the states', () => {
	it.each([
		[1, 'submitted'],
		[2, 'processing'],
		[3, 'succeeded'],
		[4, 'partial'],
		[5, 'failed'],
	])('%i is %s, also as text', (state, status) => {
		for (const written of [state, `${state}`, ` ${state} `])
			expect(task({ state: written, id: ID })).toMatchObject({ status, providerStatus: state });
	});

	it.each([0, 6, 9, -1, 3.5, 'running', '3x'])('%j is unknown, so still running', (state) => {
		expect(task({ state, id: ID })).toMatchObject({ status: 'unknown' });
		expect(task({ state, id: ID }).providerStatus).toBe(state);
	});

	it('that is missing means submitted after a create, and unknown in an answer to a query', () => {
		expect(task({ task_id: ID }).status).toBe('submitted');
		expect(task({ id: ID }, ID).status).toBe('unknown');
		for (const state of [null, '', {}, [], true]) expect(task({ id: ID, state }, ID).status).toBe('unknown');
	});
});

describe('a task', () => {
	it('of the document: the answer to a create', () => {
		expect(aliyunPortrait.readTask({ task_id: ID, user_id: 'U0000000013835' }, { resource: 'userModel' })).toEqual({
			service: 'aliyunPortrait',
			resource: 'userModel',
			taskId: ID,
			status: 'submitted',
			userId: 'U0000000013835',
			images: [],
		});
	});

	it('of the document: a training', () => {
		expect(
			aliyunPortrait.readTask({ state: 3, id: ID, tsk_type: 1, result_paths: [] }, { resource: 'userModel' }, ID),
		).toEqual({
			service: 'aliyunPortrait',
			resource: 'userModel',
			taskId: ID,
			status: 'succeeded',
			providerStatus: 3,
			taskType: 'training',
			images: [],
		});
	});

	it('of the document: a portrait', () => {
		const result_paths = [1, 2, 3].map((number) => `https://example.com/image${number}.png`);
		expect(task({ state: 3, id: ID, tsk_type: 2, result_paths }, ID)).toEqual({
			service: 'aliyunPortrait',
			resource: 'portrait',
			taskId: ID,
			status: 'succeeded',
			providerStatus: 3,
			taskType: 'generation',
			images: result_paths.map((url, index) => ({ index, url })),
		});
	});

	it.each([
		[{ tsk_type: 1 }, 'userModel', 'training'],
		[{ tsk_type: '2' }, 'portrait', 'generation'],
		[{ task_type: 1 }, 'userModel', 'training'],
		[{ tsk_type: 3 }, 'photo', undefined],
		[{}, 'photo', undefined],
		[{ tsk_type: null }, 'photo', undefined],
	])('%j is of %s (%s); the endpoint says so where the answer does not', (kind, resource, taskType) => {
		expect(aliyunPortrait.readTask({ state: 1, id: ID, ...kind }, { resource: 'photo' })).toMatchObject({ resource });
		expect(aliyunPortrait.readTask({ state: 1, id: ID, ...kind }, { resource: 'photo' }).taskType).toBe(taskType);
	});

	it('has the ID of either name, as text; or that which was asked for, when there is a state', () => {
		expect(
			[
				task({ id: 'a', task_id: 'b' }),
				task({ task_id: 'b' }),
				task({ id: 12 }),
				task({ state: 2 }, 'c'),
				task({}, 'c'),
				task(null, 'c'),
				task({ state: 2 }),
			].map(({ taskId }) => taskId),
		).toEqual(['a', 'b', '12', 'c', '', '', '']);
		expect(task(parseJson('{"id":123456789012345678901,"state":1}')).taskId).toBe('123456789012345678901');
	});

	it('leaves out images without an address, and counts the others', () => {
		expect(task({ state: 4, id: ID, result_paths: ['a', '', null, { url: 'x' }, 'b'] }).images).toEqual([
			{ index: 0, url: 'a' },
			{ index: 1, url: 'b' },
		]);
		for (const result_paths of [null, {}, 'a', 7]) expect(task({ state: 3, id: ID, result_paths }).images).toEqual([]);
	});

	it('has a user ID and a reason, if the service tells them', () => {
		expect(task({ state: 5, id: ID, user_id: 'U1', msg: 'no face' })).toMatchObject({
			userId: 'U1',
			statusMessage: 'no face',
		});
		expect(Object.keys(task({ state: 5, id: ID }))).not.toContain('userId');
	});
});

it('a query asks by the task ID, and a request is the same work wherever it reports to', () => {
	expect(aliyunPortrait.taskRequest('/cloud/x', ID)).toEqual({
		method: 'POST',
		url: '/cloud/aigc_task_query',
		body: { task_id: ID },
	});
	expect(aliyunPortrait.callbackField).toBe('callback_url');
	expect(aliyunPortrait.idempotency).toBeUndefined();
	expect(aliyunPortrait.list).toBeUndefined();
	expect(aliyunPortrait.afterLostCreate).toMatch(/console.*charged again/);
});

it('a refusal of very many levels is told in short, whoever has parsed it', () => {
	let deep: unknown = 1;
	for (let depth = 0; depth < 100_000; depth += 1) deep = [deep];
	expect(refused({ ret: 3, deep }).reason).toBe('{…}');
	expect(read(parseJson(`{"ret":3,"deep":${'['.repeat(5_000)}${']'.repeat(5_000)}}`), 200)).toMatchObject({
		ok: false,
		refusal: { retry: 'ambiguous' },
	});
});
