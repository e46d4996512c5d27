import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { kling, KLING_LIST } from '../../../nodes/Kling/api';
import { hasEnded, isoTime } from '../../../nodes/tasks/model/task';

const read = (data: unknown) => kling.readTask(data, { resource: 'imageExpansion' });
const reply = (body: unknown, status = 200, headers = {}) => kling.readReply({ status, headers, body });
const imagesOf = (...images: IDataObject[]) => read({ task_id: '1', task_result: { images } }).images;

describe('an answer', () => {
	it('with code 0 is a success, also when a relay writes numbers as text', () => {
		const data = { task_id: '1' };
		expect(reply({ code: 0, message: 'SUCCEED', request_id: 'r', data })).toEqual({ ok: true, data, requestId: 'r' });
		expect(reply({ code: '0', data })).toEqual({ ok: true, data, requestId: undefined });
	});

	it('with another code is a refusal, also under HTTP 200 and as text', () => {
		for (const code of [1102, '1102']) {
			expect(reply({ code, message: 'Account balance not enough', request_id: 'r' })).toMatchObject({
				ok: false,
				refusal: { code: 1102, httpStatus: 200, requestId: 'r', reason: 'Account balance not enough', retry: 'no' },
			});
		}
	});

	it.each([
		['an HTML page', undefined, 502, 'ambiguous'],
		['an HTML page with 200', undefined, 200, 'ambiguous'],
		['an HTML page with 403', undefined, 403, 'no'],
		['a gateway that throttles', undefined, 429, 'later'],
		['JSON of somebody else', { ok: true }, 200, 'ambiguous'],
		['an array', [], 200, 'ambiguous'],
		['null', null, 404, 'no'],
		['code 0 under HTTP 500', { code: 0 }, 500, 'ambiguous'],
	])('%s is a refusal', (_, body, status, retry) => {
		expect(reply(body, status)).toMatchObject({ ok: false, refusal: { httpStatus: status, retry } });
	});

	it('tells an unknown task and a taken ID apart by the text alone', () => {
		const meaning = (message: string) => {
			const verdict = reply({ code: 1201, message }, 400);
			return verdict.ok ? 'ok' : verdict.refusal.meaning;
		};
		expect(meaning('Task not found by id/external id: 12')).toBe('notFound');
		expect(meaning('task NOT found')).toBe('notFound');
		expect(meaning('External_task_id my id already exists')).toBe('duplicate');
		expect(meaning('External_task_id external_task_id 1 already exists')).toBe('duplicate');
		expect(meaning('The name already exists for external_task_id 1')).toBeUndefined();
		expect(meaning('File is not in a valid base64 format')).toBeUndefined();
	});

	it('says what a refusal concerns beyond the request', () => {
		const concerns = [1002, 1101, 1103, 1201]
			.map((code) => reply({ code }, 400))
			.map((verdict) => !verdict.ok && verdict.refusal.concerns);
		expect(concerns).toEqual(['account', 'account', 'model', undefined]);
	});

	it('of megabytes is read in linear time', () => {
		const message = 'external_task_id '.repeat(100_000);
		expect(reply({ code: 1201, message }, 400)).toMatchObject({
			ok: false,
			refusal: { reason: message, meaning: undefined },
		});
	});

	it('may ask to wait', () => {
		expect(reply({ code: 1302 }, 429, { 'retry-after': '9' })).toMatchObject({ refusal: { retryAfterMs: 9000 } });
	});
});

describe('a task', () => {
	it('is read in full', () => {
		const task = read({
			task_id: '930810057590833241',
			task_status: 'succeed',
			task_status_msg: '',
			task_info: { external_task_id: 'mine' },
			watermark_info: { enabled: true },
			final_unit_deduction: '8.0',
			task_result: { images: [{ index: 0, url: 'u', watermark_url: 'w' }] },
			created_at: 1722769557708,
			updated_at: 1722769567708,
		});
		expect(task).toEqual({
			service: 'kling',
			resource: 'imageExpansion',
			taskId: '930810057590833241',
			externalTaskId: 'mine',
			status: 'succeeded',
			providerStatus: 'succeed',
			images: [{ index: 0, url: 'u', watermarkUrl: 'w' }],
			watermark: true,
			createdAt: '2024-08-04T11:05:57.708Z',
			updatedAt: '2024-08-04T11:06:07.708Z',
			expiresAt: '2024-09-03T11:06:07.708Z',
			unitsDeducted: 8,
		});
	});

	it.each([
		[null],
		[undefined],
		[[]],
		['text'],
		[{}],
		[{ task_info: null, task_result: null, watermark_info: null }],
		[{ task_result: { images: null } }],
		[{ task_result: {} }],
	])('with nothing in it (%j) has neither ID nor images, and throws nothing', (data) => {
		expect(read(data)).toEqual({
			service: 'kling',
			resource: 'imageExpansion',
			taskId: '',
			status: 'unknown',
			images: [],
		});
	});

	it.each([
		['submitted', 'submitted', false],
		['processing', 'processing', false],
		['succeed', 'succeeded', true],
		['succeeded', 'succeeded', true],
		['SUCCEED', 'succeeded', true],
		['completed', 'succeeded', true],
		['failed', 'failed', true],
		['error', 'failed', true],
		['reviewing', 'unknown', false],
		['', 'unknown', false],
		[7, 'unknown', false],
	])('with the status %j is %s', (task_status, status, ended) => {
		const task = read({ task_id: '1', task_status });
		expect([task.status, hasEnded(task)]).toEqual([status, ended]);
	});

	it('keeps the reason of a failure, and dates the end of results only on success', () => {
		const failed = read({
			task_id: '1',
			task_status: 'failed',
			task_status_msg: 'Image pixel is invalid',
			updated_at: 1722769567708,
		});
		expect(failed).toMatchObject({ status: 'failed', statusMessage: 'Image pixel is invalid' });
		expect(Object.keys(failed)).not.toContain('expiresAt');
	});

	it('has a text for its ID, also when the service sends a number', () => {
		expect(read({ task_id: 12345 }).taskId).toBe('12345');
	});

	it.each([
		['8', 8],
		['0.5', 0.5],
		[16, 16],
		['', undefined],
		[null, undefined],
		['many', undefined],
	])('deducted %j units: %j', (final_unit_deduction, units) => {
		expect(read({ final_unit_deduction }).unitsDeducted).toBe(units);
	});

	it.each([
		[{ enabled: true }, true],
		[{ enabled: false }, false],
		[{ enabled: 'true' }, true],
		[{ enabled: 'false' }, false],
		[{}, undefined],
		['x', undefined],
		[{ enabled: { toString: null } }, undefined],
	])('watermark_info %j: %j', (watermark_info, watermark) => {
		expect(read({ watermark_info }).watermark).toBe(watermark);
	});
});

describe('images', () => {
	it('come with a url each', () => {
		expect(imagesOf({ index: 0, url: 'a' }, { index: 1, url: 'b' })).toEqual([
			{ index: 0, url: 'a' },
			{ index: 1, url: 'b' },
		]);
	});

	it('come as views url_1, url_2, url_3, in the order of their numbers', () => {
		expect(imagesOf({ index: 0, url_3: 'c', url_1: 'a', url_10: 'd', url_2: 'b' })).toEqual([
			{ index: 0, view: 1, url: 'a' },
			{ index: 1, view: 2, url: 'b' },
			{ index: 2, view: 3, url: 'c' },
			{ index: 3, view: 10, url: 'd' },
		]);
	});

	it('may come in both shapes, and in several groups', () => {
		expect(imagesOf({ index: 0, url: 'x', url_1: 'a' }, { index: 2, url_1: 'b' })).toEqual([
			{ index: 0, view: 1, set: 0, url: 'a' },
			{ index: 1, url: 'x' },
			{ index: 2, view: 1, set: 1, url: 'b' },
		]);
	});

	it('count by their place, whatever index they come with', () => {
		expect(imagesOf({ id: '', url: 'a' }, { url: 'b' }, { index: 'x', url: 'c' }).map(({ index }) => index)).toEqual([
			0, 1, 2,
		]);
		expect(imagesOf({ index: '5', url: 'a' }, { index: 0, url: 'b' }).map(({ index }) => index)).toEqual([0, 1]);
	});

	it('with equal links stand once', () => {
		expect(imagesOf({ index: 0, url: 'a' }, { index: 1, url: 'b' }, { index: 2, url: 'a' })).toEqual([
			{ index: 0, url: 'a' },
			{ index: 1, url: 'b' },
		]);
	});

	it('of a series join the others, in order, and equal links stand once', () => {
		const images = (result: unknown) => {
			const { images: all, resultType } = read({ task_id: '1', task_status: 'succeed', task_result: result });
			return [resultType, ...all.map(({ index, url }) => `${index} ${url}`)];
		};
		const series_images = [
			{ index: 0, url: 's0' },
			{ index: 1, url: 's1' },
		];
		expect(images({ result_type: 'series', images: [], series_images })).toEqual(['series', '0 s0', '1 s1']);
		expect(images({ result_type: 'series', series_images })).toEqual(['series', '0 s0', '1 s1']);
		expect(images({ result_type: 'series', images: series_images, series_images })).toEqual(['series', '0 s0', '1 s1']);
		expect(images({ result_type: 'single', images: [{ url: 'a' }], series_images: null })).toEqual(['single', '0 a']);
		expect(images({ images: [{ url: 'a' }], series_images: [{ url: 'b' }] })).toEqual([undefined, '0 a', '1 b']);
	});

	it('that are empty are none', () => {
		expect(imagesOf({ index: 0, url: '' }, { index: 1, url: null }, { index: 2, url_1: '', url_2: 'b' }, {})).toEqual([
			{ index: 0, view: 2, url: 'b' },
		]);
	});
});

describe('the views of AI Multi-Shot', () => {
	const viewsOf = (...images: unknown[]) =>
		kling.readTask({ task_id: '1', task_result: { images } }, { resource: 'aiMultiShot', views: 3 }).images;
	const set = (number: number) => Object.fromEntries([1, 2, 3].map((view) => [`url_${view}`, `${number}${view}`]));

	it.each([
		['one set', [set(0)], [{ url: '01' }, { url: '02' }, { url: '03' }]],
		['one set, numbered oddly', [{ index: 7, ...set(0) }], [{ index: 5, url: '01' }, { url: '02' }, { url: '03' }]],
		['two sets', [set(0), set(1)], ['01', '02', '03', '11', '12', '13'].map((url, index) => ({ index, url }))],
		['a missing view', [{ url_1: 'a', url_2: '', url_3: 'c' }], [{ url: 'a' }, { url: '' }, { url: 'c' }]],
		[
			'a repeat',
			[{ url: 'a', url_1: 'a', url_2: 'b', url_3: 'c' }],
			[{ url: 'a' }, { url: 'a' }, { url: 'b' }, { url: 'c' }],
		],
		['nothing', [], []],
	])('are the same in both shapes: %s', (_, listed, single) => {
		expect(viewsOf(...single)).toEqual(viewsOf(...listed));
	});

	it('have a running index, their number in the set, and the set where there are several', () => {
		expect(viewsOf(set(0)).map(({ index, view, set }) => [index, view, set])).toEqual([
			[0, 1, undefined],
			[1, 2, undefined],
			[2, 3, undefined],
		]);
		expect(viewsOf(set(0), set(1)).map(({ index, view, set }) => [index, view, set])).toEqual([
			[0, 1, 0],
			[1, 2, 0],
			[2, 3, 0],
			[3, 1, 1],
			[4, 2, 1],
			[5, 3, 1],
		]);
	});
});

it.each([
	[{ quota: '0.056', list_price: '0.07' }, 0.056, 0.07],
	[{ quota: 1, list_price: '' }, 1, undefined],
	[{ quota: ' ', list_price: 'free' }, undefined, undefined],
	[null, undefined, undefined],
	['1', undefined, undefined],
])('final_balance_deduction %j: %j of %j', (final_balance_deduction, balanceDeducted, balanceListPrice) => {
	const task = read({ task_id: '1', final_balance_deduction });
	expect([task.balanceDeducted, task.balanceListPrice]).toEqual([balanceDeducted, balanceListPrice]);
});

describe('times', () => {
	it.each([
		[1722769557708, '2024-08-04T11:05:57.708Z'],
		[1722769557, '2024-08-04T11:05:57.000Z'],
		['1722769557708', '2024-08-04T11:05:57.708Z'],
		[0, undefined],
		['', undefined],
		[null, undefined],
		[undefined, undefined],
		['soon', undefined],
		[-5, undefined],
		[1e20, undefined],
		[true, undefined],
		[[1722769557708], undefined],
		[{ toString: null }, undefined],
	])('%j is %j: seconds below 1e11, else milliseconds', (value, time) => {
		expect(isoTime(value)).toBe(time);
	});
});

describe('requests', () => {
	it('put an ID into the path safely', () => {
		expect(kling.taskRequest('/v1/general/ai-multi-shot', 'a/b ?c')).toEqual({
			method: 'GET',
			url: '/v1/general/ai-multi-shot/a%2Fb%20%3Fc',
		});
	});

	it('page by pageNum and pageSize within the limits of the API', () => {
		expect(kling.list?.pageRequest(3, 500)).toEqual({ pageNum: 3, pageSize: 500 });
		expect(KLING_LIST).toEqual({ maxPageSize: 500, lastPage: 1000 });
	});

	it('are the same work wherever they report to', () => {
		expect(kling.idempotency).toEqual({ field: 'external_task_id' });
		expect(kling.callbackField).toBe('callback_url');
	});

	it('name their model in a field, for refusals that concern it', () => {
		expect(kling.modelField).toBe('model_name');
	});
});
