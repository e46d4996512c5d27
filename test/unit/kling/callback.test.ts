import { describe, expect, it } from 'vitest';

import { kling } from '../../../nodes/Kling/api';
import { readCallback } from '../../../nodes/Kling/callback';
import { parseJson } from '../../../nodes/tasks/util/parse';

const bare = {
	task_id: '831922345678901234',
	task_status: 'succeed',
	task_status_msg: '',
	task_info: { external_task_id: 'order-1' },
	task_result: { images: [{ index: 0, url: 'https://cdn.example/0.png', watermark_url: 'https://cdn.example/w.png' }] },
	final_unit_deduction: '8',
	created_at: 1722769557708,
	updated_at: 1722769560708,
};
const expected = kling.readTask(bare, { resource: 'imageExpansion' });
const read = (body: unknown) => readCallback(body, { resource: 'imageExpansion' });

describe('a callback', () => {
	it('is the bare task, as a read gives it', () => {
		expect(read(bare)).toEqual(expected);
		expect(expected).toMatchObject({ taskId: '831922345678901234', status: 'succeeded', externalTaskId: 'order-1' });
	});

	it('may be in the envelope of an answer', () => {
		expect(read({ code: 0, message: 'SUCCEED', request_id: 'r', data: bare })).toEqual(expected);
	});

	it('may have the form of the new endpoints, also in an envelope', () => {
		const told = {
			id: bare.task_id,
			status: 'succeeded',
			message: '',
			create_time: bare.created_at,
			update_time: bare.updated_at,
			external_id: 'order-1',
			outputs: [
				{ type: 'video', url: 'https://cdn.example/0.mp4' },
				{ type: 'image', url: 'https://cdn.example/0.png', watermark_url: 'https://cdn.example/w.png', group_id: 'g' },
			],
			billing: [{ amount: '8' }],
		};
		const { unitsDeducted: _, ...task } = expected;
		expect(read(told)).toEqual({ ...task, providerStatus: 'succeeded' });
		expect(read({ code: 0, data: told })).toEqual({ ...task, providerStatus: 'succeeded' });
	});

	it('of a series in the new form has its images in their order', () => {
		const outputs = ['b', 'a'].map((name) => ({
			type: 'image',
			url: `https://cdn.example/${name}.png`,
			group_id: 'g',
		}));
		expect(read({ id: bare.task_id, status: 'succeeded', outputs })?.images).toEqual([
			{ index: 0, url: 'https://cdn.example/b.png' },
			{ index: 1, url: 'https://cdn.example/a.png' },
		]);
	});

	it('may leave a series out, or tell it', () => {
		expect(read({ ...bare, task_result: {} })).toMatchObject({ status: 'succeeded', images: [] });
		const series_images = [{ index: 0, url: 'https://cdn.example/s.png' }];
		expect(read({ ...bare, task_result: { result_type: 'series', series_images } })).toMatchObject({
			images: series_images,
			resultType: 'series',
		});
	});

	it('of the console is a submitted task in the new form', () => {
		expect(read({ id: 'test-1', status: 'submitted', create_time: 1722769557708 })).toMatchObject({
			taskId: 'test-1',
			status: 'submitted',
			images: [],
		});
	});

	it('with the views of AI Multi-Shot, a failure, an unknown status', () => {
		expect(
			read({ ...bare, task_result: { images: [{ index: 0, url_1: 'https://a', url_2: 'https://b' }] } })?.images,
		).toHaveLength(2);
		expect(read({ task_id: '1', task_status: 'failed', task_status_msg: 'risk control' })).toMatchObject({
			status: 'failed',
			statusMessage: 'risk control',
		});
		expect(read({ task_id: '1', task_status: 'reviewing' })).toMatchObject({ status: 'unknown' });
		expect(read({ task_id: '1' })).toMatchObject({ taskId: '1', status: 'unknown' });
	});

	it('keeps the digits of an ID that is sent as a number', () => {
		expect(read(parseJson('{"task_id":831922345678901234,"task_status":"succeed"}'))).toMatchObject({
			taskId: '831922345678901234',
		});
	});

	it.each([
		['null', null],
		['a text', 'task'],
		['a list', [bare]],
		['an object of somebody else', { hello: 'world' }],
		['an ID without a status, which anything may have', { id: '1' }],
		['an empty ID', { ...bare, task_id: '' }],
		['an ID that is an image', { ...bare, task_id: 'A'.repeat(129) }],
		['an ID with a line break, which would forge log lines', { ...bare, task_id: '1\n2' }],
		['an ID that is a path', { ...bare, task_id: '..' }],
		['an envelope without a task', { code: 1201, message: 'no', data: null }],
		['an envelope in an envelope', { data: { data: bare } }],
	])('is not %s', (_, body) => {
		expect(read(body)).toBeUndefined();
	});
});
