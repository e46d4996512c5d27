import { describe, expect, it } from 'vitest';

import { psTask } from '../../../nodes/PsTask/api';
import { hasEnded } from '../../../nodes/tasks/model/task';

const reply = (body: unknown, status = 200, headers = {}) => psTask.readReply({ status, headers, body });
const read = (data: unknown, askedFor: string | undefined = 't1') =>
	psTask.readTask(data, { resource: 'task' }, askedFor);

function refused(body: unknown, status = 200) {
	const verdict = reply(body, status);
	if (verdict.ok) throw new Error('It was taken for a success');
	return verdict.refusal;
}

describe('an answer', () => {
	const data = { task_id: 'a1' };

	it.each([
		['code 200', { code: 200, msg: 'success', data }],
		['code 200 as text', { code: '200', data }],
		['code 0', { code: 0, data }],
		['no code and a task ID', { data }],
		['code null and a task ID', { code: null, data }],
	])('with %s is a success', (_, body) => {
		expect(reply(body)).toEqual({ ok: true, data });
	});

	it('without a code, with a status, is a success', () => {
		expect(reply({ data: { status: 'pending' } })).toEqual({ ok: true, data: { status: 'pending' } });
	});

	it('of a failed task is no refusal: the task says so', () => {
		expect(reply({ code: 200, msg: 'success', data: { status: 'failed', error_message: 'no' } })).toMatchObject({
			ok: true,
		});
	});

	it.each([400, '400', 404, 429, 500, 1, -1, 'E42'])(
		'with code %j under HTTP 200 is a refusal with that code',
		(code) => {
			const number = Number(code);
			expect(refused({ code, msg: 'no', data: {} })).toMatchObject({
				code: Number.isNaN(number) ? code : number,
				httpStatus: 200,
				reason: 'no',
			});
		},
	);

	it.each([400, 404, 500, 503])('with code 200 under HTTP %i does not count', (status) => {
		expect(refused({ code: 200, data }, status)).toMatchObject({ code: undefined, httpStatus: status });
	});

	it('says its reason under msg, message or error, in this order', () => {
		expect(
			[{ msg: 'a', message: 'b', error: 'c' }, { message: 'b', error: 'c' }, { error: 'c' }, {}, { msg: { a: 1 } }].map(
				(words) => refused({ code: 400, ...words }).reason,
			),
		).toEqual(['a', 'b', 'c', '', '']);
	});

	it('may ask to wait', () => {
		expect(reply({ code: 429 }, 429, { 'retry-after': '9' })).toMatchObject({
			refusal: { retry: 'later', retryAfterMs: 9000 },
		});
	});
});

describe('whether a create may have been carried out behind an answer', () => {
	it.each([
		['refused by the service', { code: 400 }, 400, 'no'],
		['refused under HTTP 200', { code: 400 }, 200, 'no'],
		['refused with a code only HTTP tells', {}, 422, 'no'],
		['a status of no row below 500', { code: 418 }, 418, 'no'],
		['no token', { code: 401 }, 401, 'no'],
		['a wrong token, said by a proxy', undefined, 403, 'no'],
		['too many requests', { code: 429 }, 200, 'later'],
		['a gateway that throttles', undefined, 429, 'later'],
		['broken down', { code: 500 }, 500, 'ambiguous'],
		['broken down under HTTP 200', { code: 500 }, 200, 'ambiguous'],
		['broken down, whatever the code says', { code: 400 }, 500, 'ambiguous'],
		['broken down, whatever HTTP says', { code: 500 }, 400, 'ambiguous'],
		['a status of no row from 500', { code: 599 }, 599, 'ambiguous'],
		['a gateway without the service', undefined, 502, 'ambiguous'],
		['a code nobody has documented', { code: 1 }, 200, 'ambiguous'],
		['an HTML page with 200', undefined, 200, 'ambiguous'],
		['an HTML page with 404', undefined, 404, 'no'],
		['JSON of somebody else', { ok: true }, 200, 'ambiguous'],
		['success under HTTP 500', { code: 0 }, 500, 'ambiguous'],
		['an array', [], 200, 'ambiguous'],
		['null', null, 404, 'no'],
	])('%s', (_, body, status, retry) => {
		expect(refused(body, status).retry).toBe(retry);
	});
});

describe('an unknown task', () => {
	it.each([
		[{ code: 404, msg: 'Task not found' }, 404],
		[{ code: 404, msg: 'Task not found' }, 200],
		[{ code: '404' }, 404],
		[{ code: 404, msg: 'Not Found' }, 404],
		[{ code: 500, msg: 'Task not found' }, 500],
		[{ code: 500, message: '任务不存在' }, 200],
		[{ code: 400, msg: 'task_id a1 does not exist' }, 400],
		[{ error: 'Unknown task' }, 404],
	])('is %j under HTTP %i', (body, status) => {
		expect(refused(body, status).meaning).toBe('notFound');
	});

	it.each([
		[undefined, 404],
		[{ detail: 'Not Found' }, 404],
		[{ code: 404, msg: 'Image not found' }, 404],
		[{ code: 404, msg: '图片不存在' }, 200],
		[{ code: 404, msg: 'No such route' }, 404],
		[{ code: 400, msg: 'task is not valid' }, 400],
	])('is not %j under HTTP %i', (body, status) => {
		expect(refused(body, status).meaning).toBeUndefined();
	});

	it('may be what 500 means, whatever it says', () => {
		for (const msg of ['Internal error', 'Image not found', '']) {
			expect([refused({ code: 500, msg }, 500).meaning, refused({ code: 500, msg }).meaning]).toEqual(
				Array(2).fill('mayBeUnknown'),
			);
		}
		expect(refused(undefined, 500).meaning).toBe('mayBeUnknown');
		expect(refused({ code: 503, msg: 'Internal error' }, 503).meaning).toBeUndefined();
	});

	it('is looked for in linear time', () => {
		expect(refused({ code: 500, msg: 'task '.repeat(100_000) }, 500).meaning).toBe('mayBeUnknown');
		expect(refused({ code: 500, msg: `任务${' '.repeat(500_000)}x` }, 500).meaning).toBe('mayBeUnknown');
	});

	it('may be what 500 means: the hint names both readings', () => {
		expect(refused({ code: 500, msg: 'Internal error' }, 500).hint).toMatch(
			/service is broken.*Or.*does not know the task.*404 and 500/,
		);
	});
});

describe('a task', () => {
	it('that was submitted has its ID alone', () => {
		expect(psTask.readTask({ task_id: 'a1b2' }, { resource: 'task' })).toEqual({
			service: 'psTask',
			resource: 'task',
			taskId: 'a1b2',
			status: 'submitted',
			images: [],
		});
	});

	it('that is completed is read in full, under the ID that was asked for', () => {
		expect(read({ status: 'completed', image_url: 'http://x/y.jpg', image_rid: 'rid' })).toEqual({
			service: 'psTask',
			resource: 'task',
			taskId: 't1',
			status: 'succeeded',
			providerStatus: 'completed',
			images: [{ index: 0, url: 'http://x/y.jpg' }],
			imageRid: 'rid',
		});
	});

	it.each([
		['pending', 'submitted'],
		['ai_submitted', 'processing'],
		['processing', 'processing'],
		['completed', 'succeeded'],
		['failed', 'failed'],
		['reviewing', 'unknown'],
		['', 'unknown'],
		[7, 'unknown'],
	])('with the status %j is %s, in any case of letters', (status, expected) => {
		const spellings =
			typeof status === 'string' && status
				? [status, status.toUpperCase(), status[0]?.toUpperCase() + status.slice(1), ` ${status}\n`]
				: [status];
		for (const spelling of spellings) {
			const task = read({ status: spelling, task_id: 't1' });
			expect([task.status, hasEnded(task)]).toEqual([expected, ['succeeded', 'failed'].includes(expected)]);
			expect(task.providerStatus).toBe(spelling === '' ? undefined : String(spelling));
		}
	});

	it('has its image under image_url or result_url', () => {
		expect(read({ status: 'completed', result_url: 'r' }).images).toEqual([{ index: 0, url: 'r' }]);
		expect(read({ status: 'completed', image_url: 'i', result_url: 'r' }).images).toEqual([{ index: 0, url: 'i' }]);
		expect(read({ status: 'completed', image_url: '', result_url: 'r' }).images).toEqual([{ index: 0, url: 'r' }]);
	});

	it('that is completed without an image has none, and no exception', () => {
		for (const image_url of [undefined, null, '', {}, []])
			expect(read({ status: 'completed', image_url })).toMatchObject({ status: 'succeeded', images: [] });
	});

	it.each(['pending', 'processing', 'failed', 'reviewing'])(
		'%s: an image_url is the image that was handed over, not the result',
		(status) => {
			expect(read({ status, image_url: 'source' }).images).toEqual([]);
		},
	);

	it('that runs may say something, which is no failure', () => {
		expect(read({ status: 'PROCESSING', error_message: 'slow today' })).toMatchObject({
			status: 'processing',
			statusMessage: 'slow today',
		});
		expect(Object.keys(read({ status: 'processing', error_message: '' }))).not.toContain('statusMessage');
		expect(read({ status: 'FAILED', error_message: 'no face' })).toMatchObject({
			status: 'failed',
			statusMessage: 'no face',
		});
	});

	it('has a text for its ID, also when the service sends a number', () => {
		expect(psTask.readTask({ task_id: 12345 }, { resource: 'task' }).taskId).toBe('12345');
	});

	it.each([
		[null],
		[undefined],
		[[]],
		['text'],
		[{}],
		[{ task_id: null, status: null }],
		[{ task_id: {}, status: [] }],
	])('with nothing in it (%j) has no ID, and throws nothing', (data) => {
		expect(read(data).taskId).toBe('');
		expect(psTask.readTask(data, { resource: 'task' }).taskId).toBe('');
	});
});

describe('requests', () => {
	it('put an ID into the path safely', () => {
		expect(psTask.taskRequest('/ps_tasks/submit', 'a/b ?c')).toEqual({
			method: 'GET',
			url: '/ps_tasks/result/a%2Fb%20%3Fc',
		});
	});

	it('have no key: the error of a lost create says where to look, and what running again may cost', () => {
		expect(psTask.idempotency).toBeUndefined();
		expect(psTask.list).toBeUndefined();
		expect(psTask.afterLostCreate).toMatch(/log first.*charged again/);
	});
});
