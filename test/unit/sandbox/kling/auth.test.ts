import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';

import { startProvider, type Provider } from '../../../../sandbox/provider';
import { accessKey, apiKey, call, multiImage, secretKey, token } from '../support/kling';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider();
});
afterEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

const probe = async (authorization: string | null) =>
	await call(provider, 'GET', `${multiImage}?pageNum=1&pageSize=1`, { authorization });
const answerTo = async (authorization: string | null) => {
	const { status, json } = await probe(authorization);
	return { status, code: json.code };
};
const seconds = () => Math.floor(Date.now() / 1000);

test('an API key signs in', async () => {
	expect((await probe(`Bearer ${apiKey}`)).json).toMatchObject({ code: 0, message: 'SUCCEED', data: [] });
});

test.each([[null], [''], ['Bearer'], ['Bearer ']])('authorization %j is 1001 and says it is empty', async (header) => {
	const { status, json } = await probe(header);
	expect({ status, json }).toMatchObject({ status: 401, json: { code: 1001, message: 'Authorization is empty' } });
	expect(json).not.toHaveProperty('data');
});

test('an unknown key is 1002 and is taken for a broken token', async () => {
	const { status, json } = await probe('Bearer unknown');
	expect(status).toBe(401);
	expect(json).toMatchObject({ code: 1002, message: 'The token was expected to have 3 parts, but got 0' });
});

test('a key without the word Bearer is 1002', async () => {
	expect(await answerTo(apiKey)).toEqual({ status: 401, code: 1002 });
});

test('a token signed with HS256 signs in', async () => {
	expect(await answerTo(`Bearer ${await token()}`)).toEqual({ status: 200, code: 0 });
});

test('a token with another signature is 1002', async () => {
	expect(await answerTo(`Bearer ${await token({}, 'another-secret-key-0123456789abcdef')}`)).toEqual({
		status: 401,
		code: 1002,
	});
});

test('a token of an unknown issuer is 1002', async () => {
	expect(await answerTo(`Bearer ${await token({ iss: 'nobody' })}`)).toEqual({ status: 401, code: 1002 });
});

test.each(['exp', 'nbf'])('a token without %s is 1002', async (claim) => {
	expect(await answerTo(`Bearer ${await token({ [claim]: undefined })}`)).toEqual({ status: 401, code: 1002 });
});

test('three parts of garbage are 1002', async () => {
	expect(await answerTo('Bearer a.b.c')).toEqual({ status: 401, code: 1002 });
});

test('nbf in the future is 1003', async () => {
	expect(await answerTo(`Bearer ${await token({ nbf: seconds() + 10 })}`)).toEqual({ status: 401, code: 1003 });
});

test('exp in the past is 1004', async () => {
	expect(await answerTo(`Bearer ${await token({ exp: seconds() - 2 })}`)).toEqual({ status: 401, code: 1004 });
});

test('a life of more than 30 minutes is 1004', async () => {
	expect(await answerTo(`Bearer ${await token({ exp: seconds() + 3600 })}`)).toEqual({ status: 401, code: 1004 });
});

test('a server clock that is behind finds a token too early, one that is ahead finds it expired', async () => {
	const jwt = await token();
	provider.control.settings({ clockOffsetMs: -20_000 });
	expect(await answerTo(`Bearer ${jwt}`)).toEqual({ status: 401, code: 1003 });
	provider.control.settings({ clockOffsetMs: 1_900_000 });
	expect(await answerTo(`Bearer ${jwt}`)).toEqual({ status: 401, code: 1004 });
});

test('authorization is checked before the body', async () => {
	const { json } = await call(provider, 'POST', multiImage, { body: '{', authorization: null });
	expect(json.code).toBe(1001);
});

test('neither journal nor settings hold a secret', async () => {
	const jwt = await token();
	await probe(`Bearer ${apiKey}`);
	await probe(`Bearer ${jwt}`);
	await probe('Bearer wrong-but-still-private');
	const kinds = provider.control.requests().map(({ authorization }) => authorization);
	expect(kinds).toEqual(['key', 'jwt', 'key']);
	const told = JSON.stringify([provider.control.requests(), provider.control.settings()]);
	for (const secret of [apiKey, jwt, 'wrong-but-still-private', accessKey, secretKey]) {
		expect(told).not.toContain(secret);
	}
});

test('tasks belong to their account', async () => {
	const [own] = [{ name: 'a', apiKey: 'key-a', accessKey: 'ak-a', secretKey: 'secret-of-a-0123456789abcdef0123' }];
	provider.control.settings({ accounts: [own!, { ...own!, name: 'b', apiKey: 'key-b', accessKey: 'ak-b' }] });
	const body = { subject_image_list: [{ subject_image: 'http://127.0.0.1:9/a.jpg' }], external_task_id: 'same' };
	const created = await call(provider, 'POST', multiImage, { body, authorization: 'Bearer key-a' });
	const path = `${multiImage}/${created.json.data.task_id}`;
	expect((await call(provider, 'GET', path, { authorization: 'Bearer key-a' })).status).toBe(200);
	expect((await call(provider, 'GET', path, { authorization: 'Bearer key-b' })).json.code).toBe(1201);
	expect((await call(provider, 'POST', multiImage, { body, authorization: 'Bearer key-b' })).json.code).toBe(0);
});
