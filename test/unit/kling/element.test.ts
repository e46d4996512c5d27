/** What is read of an element's task; requests and chains are tested with n8n (test/engine/kling/element.test.ts). */
import { describe, expect, it } from 'vitest';

import { kling } from '../../../nodes/Kling/api';
import { readCallback } from '../../../nodes/Kling/callback';
import { element } from '../../../nodes/Kling/resources/element';
import { isWhole } from '../../../nodes/tasks/model/task';
import { parseJson } from '../../../nodes/tasks/util/parse';

const ID = '829836802793406551';

/** A task as the service writes it: the ID of the element is a number beyond 2^53. */
const written = (elements: string, status = 'succeed') =>
	parseJson(
		`{"task_id":"941201555000111222","task_status":"${status}","task_result":{"elements":${elements}},"final_unit_deduction":"0","created_at":1790000200000,"updated_at":1790000205000}`,
	);
const one = (status = 'succeed') => `[{"element_id":${ID},"element_name":"Blue kettle","status":"${status}"}]`;
const kind = { resource: 'element' };

describe('the task of an element', () => {
	it('has the ID of the element as text, to the digit, and its name; it has no images that would expire', () => {
		expect(kling.readTask(written(one()), kind)).toEqual({
			service: 'kling',
			resource: 'element',
			taskId: '941201555000111222',
			status: 'succeeded',
			providerStatus: 'succeed',
			images: [],
			createdAt: '2026-09-21T14:16:40.000Z',
			updatedAt: '2026-09-21T14:16:45.000Z',
			unitsDeducted: 0,
			elementId: ID,
			elementName: 'Blue kettle',
		});
	});

	it.each([['160'], [`"${ID}"`], ['9223372036854775807']])('the ID %s is text, however it is written', (id) => {
		expect(kling.readTask(written(`[{"element_id":${id}}]`), kind).elementId).toBe(id.replaceAll('"', ''));
	});

	it('that was deleted says so', () => {
		expect(kling.readTask(written(one('deleted')), kind)).toMatchObject({
			elementId: ID,
			status: 'succeeded',
			warnings: ['The element was deleted at Kling, so that its ID can no longer be used.'],
		});
	});

	it.each(['[]', 'null', '{}', '"none"', '[null,{"element_name":"no ID"}]'])('without an element: %s', (elements) => {
		const task = kling.readTask(written(elements), kind);
		expect([task.elementId, task.warnings, task.images]).toEqual([undefined, undefined, []]);
	});

	it('is whole once it tells the element, or has failed', () => {
		const endpoint = element.endpoint ?? {};
		const whole = (elements: string, status?: string) =>
			isWhole(endpoint, kling.readTask(written(elements, status), kind));
		expect([whole(one()), whole('[]'), whole('[]', 'failed')]).toEqual([true, false, true]);
	});
});

describe('the callback of an element', () => {
	it('in the form of the old endpoints is the task', () => {
		expect(readCallback(written(one()), kind)).toMatchObject({ elementId: ID, elementName: 'Blue kettle' });
	});

	it('in the form of the new endpoints has the element among its outputs', () => {
		const told = {
			id: '941201555000111222',
			status: 'succeeded',
			outputs: [{ type: 'element', id: ID, name: 'Blue kettle', status: 'succeeded' }],
		};
		expect(readCallback(told, kind)).toMatchObject({ elementId: ID, elementName: 'Blue kettle', images: [] });
		const [output] = told.outputs;
		expect(readCallback({ ...told, outputs: [{ ...output, status: 'deleted' }] }, kind)?.warnings).toHaveLength(1);
	});
});

it('an element costs nothing', () => {
	expect(element.endpoint?.price?.units({})).toBe(0);
});
