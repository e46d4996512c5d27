/** Numbers longer than JavaScript's, in a request. */
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { kling } from '../../../../nodes/Kling/api';
import { send } from '../../../../nodes/tasks/http/client';
import { withExactIntegers } from '../../../../nodes/tasks/http/exactIntegers';
import type { ServiceRequest } from '../../../../nodes/tasks/model/service';
import { itemOf, taskAnswer } from '../support';

const service = { ...kling, exactIntegers: ['list'] };
const post = (body: IDataObject): ServiceRequest => ({ method: 'POST', url: '/x', body });
const written = (body: IDataObject) => String(withExactIntegers(service, post(body)).body);

describe('a field whose numbers may be long', () => {
	it('is written digit for digit; the other fields as JSON writes them', () => {
		const body = { prompt: 'say "12345"\n', n: 1, id: '829836802793406551', none: undefined };
		expect(written({ ...body, list: [{ id: '829836802793406551' }, { id: '0' }, { id: 7 }] })).toBe(
			'{"prompt":"say \\"12345\\"\\n","n":1,"id":"829836802793406551","list":[{"id":829836802793406551},{"id":0},{"id":7}]}',
		);
	});

	it('keeps as text what is no integer of 64 bits, so that the body is JSON in any case', () => {
		const list = ['007', '-1', '1.5', '', ' 1', '12345678901234567890', 'x', null, undefined, true, { a: undefined }];
		const text = written({ list } as IDataObject);
		expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ list })));
	});

	it('makes bytes with the type of JSON, and keeps the other headers', () => {
		const request = { ...post({ list: ['1'] }), headers: { 'x-id': 'a' } };
		const exact = withExactIntegers(service, request);
		expect(exact).toMatchObject({ method: 'POST', url: '/x' });
		expect(exact.headers).toEqual({ 'x-id': 'a', 'content-type': 'application/json' });
		expect(Buffer.isBuffer(exact.body)).toBe(true);
	});

	it('that is not there leaves the request as it is, the very same object', () => {
		const bytes = { ...post({}), body: Buffer.from('list') };
		for (const request of [
			post({ prompt: 'x' }),
			post({ list: undefined }),
			bytes,
			{ method: 'GET', url: '/' } as const,
		])
			expect(withExactIntegers(service, request)).toBe(request);
		const request = post({ list: ['1'] });
		expect(withExactIntegers({ ...service, exactIntegers: undefined }, request)).toBe(request);
	});

	it('is sent like this, with element_list as the field of Kling', async () => {
		const item = itemOf({ answers: [taskAnswer('submitted')] });
		await send(item, kling, post({ element_list: [{ element_id: '829836802793406551' }] }));
		expect(String(item.sent[0]?.body)).toBe('{"element_list":[{"element_id":829836802793406551}]}');
	});
});
