import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { startProvider, type Provider } from '../../../../sandbox/provider';
import { appCode, refusalOf, styleQuery } from '../support/aliyun';
import { send } from '../support/http';
import { resultOf, submit, submitTask } from '../support/ps';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ taskMs: [60_000, 60_000] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

test('an unknown path is answered by the service whose it is', async () => {
	expect(refusalOf(await send(provider, '/cloud/none', { headers: appCode }))).toEqual({
		status: 404,
		code: 'I404NF',
		message: 'API Not Found',
		text: '',
	});
	expect((await send(provider, styleQuery, { method: 'POST', headers: appCode })).headers.get('x-ca-error-code')).toBe(
		'I404NF',
	);
	expect(await send(provider, '/ps_tasks/none')).toMatchObject({
		status: 404,
		json: { code: 404, msg: 'Not found', data: {} },
	});
	expect(await send(provider, submit)).toMatchObject({ status: 404, json: { code: 404 } });
	expect(await send(provider, '/v1/none')).toMatchObject({
		status: 404,
		json: { code: 1203, request_id: expect.any(String) },
	});
	expect(await send(provider, '/none')).toMatchObject({ status: 404, json: { code: 1203 } });
	expect(provider.control.requests().map(({ service }) => service)).toEqual([
		'aliyunPortrait',
		'aliyunPortrait',
		'psTask',
		'psTask',
		'kling',
	]);
});

test('a broken URL is answered by the service whose it is', async () => {
	expect(await send(provider, `${resultOf('')}%zz`)).toMatchObject({ status: 400, json: { code: 400, data: {} } });
	expect(refusalOf(await send(provider, '/cloud/%zz'))).toMatchObject({ status: 400, code: 'I400BD', text: '' });
});

test('every service is also there under the prefix of a relay', async () => {
	expect((await send(provider, `/aliyun${styleQuery}`, { headers: appCode })).json.ret).toBe(0);
	const { json } = await submitTask(provider, '/ps');
	expect((await send(provider, `/ps${resultOf(json.data.task_id)}`)).json.code).toBe(200);
	expect((await send(provider, '/aliyun/cloud/none')).headers.get('x-ca-error-code')).toBe('I404NF');
	expect((await send(provider, '/ps/ps_tasks/none')).json).toMatchObject({ code: 404, data: {} });
});
