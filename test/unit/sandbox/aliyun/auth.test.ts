import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { sandboxAliyunAccount, startProvider, type Provider, type Settings } from '../../../../sandbox/provider';
import {
	appCode,
	ask,
	eight,
	query,
	refusalOf,
	signed,
	styleQuery,
	train,
	trainedUser,
	uploaded,
} from '../support/aliyun';
import { send } from '../support/http';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ taskMs: [60_000, 60_000] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

const knock = async (headers: Record<string, string>) => await send(provider, styleQuery, { headers });
const { headerName, headerSecret } = sandboxAliyunAccount;
const ways = { appCode, appKeySecret: () => signed(styleQuery), header: { [headerName]: headerSecret }, none: {} };
const headersOf = (way: keyof typeof ways) => {
	const headers = ways[way];
	return typeof headers === 'function' ? headers() : headers;
};

test.each(['appCode', 'appKeySecret', 'header'] as const)('%s opens unless the settings leave it out', async (way) => {
	expect((await knock(headersOf(way))).json.ret).toBe(0);
	provider.control.settings({ aliyunAuth: ['none'] });
	expect(refusalOf(await knock(headersOf(way)))).toEqual({
		status: 403,
		code: 'I403AA',
		message: 'Unauthorized',
		text: '',
	});
});

test('without sign-in nothing opens unless the settings allow it', async () => {
	expect(refusalOf(await knock({}))).toEqual({ status: 400, code: 'A400MA', message: 'Need Authorization', text: '' });
	provider.control.settings({ aliyunAuth: ['none'] });
	expect((await knock({})).json.ret).toBe(0);
});

test.each([
	'APPCODE wrong',
	'APPCODE ',
	`APPCODE  ${sandboxAliyunAccount.appCode}`,
	`AppCode ${sandboxAliyunAccount.appCode}`,
])('the authorization "%s" is an invalid AppCode', async (authorization) => {
	expect(refusalOf(await knock({ authorization }))).toMatchObject({
		status: 400,
		code: 'A400AC',
		message: 'Invalid AppCode `not exists`',
	});
});

test("a wrong header of one's own is unauthorized; a Bearer token is no sign-in at all", async () => {
	expect((await knock({ [headerName]: 'wrong' })).status).toBe(403);
	expect(refusalOf(await knock({ authorization: `Bearer ${sandboxAliyunAccount.appCode}` })).code).toBe('A400MA');
});

test('the journal says how a request tried to sign in, and holds no secret', async () => {
	for (const way of ['appCode', 'appKeySecret', 'header', 'none'] as const) await knock(headersOf(way));
	const requests = provider.control.requests();
	expect(requests.map(({ authorization }) => authorization)).toEqual(['appCode', 'signature', 'header', 'none']);
	const shown = JSON.stringify([requests, provider.control.settings()]);
	for (const secret of [sandboxAliyunAccount.appCode, sandboxAliyunAccount.appSecret, headerSecret])
		expect(shown).not.toContain(secret);
});

test('refusals can come without code, as from the classic gateway', async () => {
	provider.control.settings({ aliyunGatewayCodes: false });
	const refused = await knock({});
	expect(refusalOf(refused)).toEqual({ status: 400, code: null, message: 'Need Authorization', text: '' });
	expect(refused.headers.get('x-ca-request-id')).toMatch(/^[0-9A-F-]{36}$/);
});

test('photos, users and tasks belong to one account', async () => {
	const other = { ...sandboxAliyunAccount, name: 'other', appCode: 'other' };
	provider.control.settings({ aliyunAccounts: [sandboxAliyunAccount, other] } satisfies Partial<Settings>);
	const as = { authorization: 'APPCODE other' };
	const paths = await eight(provider);
	const { json } = await ask(provider, train, { img_set: paths });
	expect((await query(provider, json.body.task_id)).ret).toBe(0);
	expect((await ask(provider, '/cloud/aigc_task_query', { task_id: json.body.task_id }, as)).json.ret).toBe(1002);
	expect((await ask(provider, train, { img_set: paths }, as)).json.msg).toContain('was never uploaded');
	const user_id = await trainedUser(provider);
	const body = { user_id, style: '20057d0c-8cef-447e-88d0-a8f3490fd0b0' };
	expect((await ask(provider, '/cloud/aigc_task_create', body, as)).json.msg).toBe(
		`user_id does not exist: ${user_id}`,
	);
	expect(await uploaded(provider)).toContain('/T0000000000101/');
});
