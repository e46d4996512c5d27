/** The gateway in front of the service: signing in, and what it refuses. Its answers have no body and speak by headers. */
import { describe, expect, it } from 'vitest';

import type { FaultRule } from '../../../sandbox/provider/index.ts';
import {
	aliyunCredentials,
	errorOf,
	factsOf,
	generate,
	get,
	itemsOf,
	person,
	portray,
	start,
	styles,
	textOf,
	train,
	upload,
	wait,
} from './support.ts';

const { run, control, requests, bought, faults, model, portrait, signedIn, url } = await start();

const WAYS = ['appCode', 'appKeySecret', 'header', 'none'] as const;
const journal = { appCode: 'appCode', appKeySecret: 'signature', header: 'header', none: 'none' };

describe.each(WAYS)('signed in by %s', (way) => {
	it('the whole way works, uploads included; every request is signed so, and results are fetched without', async () => {
		control.settings({ aliyunAuth: [way] });
		control.fates([{ match: { resource: 'portrait' }, pictures: 1 }]);
		const credentials = signedIn(way);
		const [item] = itemsOf(await run(generate({ downloadImages: true }), { credentials }));
		expect(item?.json.status).toBe('succeeded');
		for (const parameters of [get('portrait'), wait('portrait')])
			itemsOf(await run(parameters, { credentials, items: [{ json: item?.json }] }));
		itemsOf(await run(styles(), { credentials, items: [{}] }));
		expect(new Set(requests().map(({ authorization }) => authorization))).toEqual(new Set([journal[way]]));
		expect(new Set(requests().map(({ on }) => on))).toEqual(new Set(['upload', 'create', 'get', 'list']));
		expect(requests().map(({ code }) => code)).toEqual(requests().map(() => 0));
		expect(control.files().map(({ hadAuthorization }) => hadAuthorization)).not.toContain(true);
	});

	it('behind the path prefix of a relay it works too', async () => {
		control.settings({ aliyunAuth: [way] });
		itemsOf(await run(train(), { credentials: aliyunCredentials(`${url}/aliyun/`, way) }));
		for (const { path } of requests()) expect(path).toMatch(/^\/aliyun\/cloud\//);
	});
});

describe('a signature', () => {
	const credentials = signedIn('appKeySecret');

	it('has a new nonce at every try: after faults that use it up, the next one is taken', async () => {
		const { taskId } = await model();
		faults({ on: 'get', kind: 'gateway', code: 'T429ID', count: 1 }, { on: 'get', kind: 'dropAfter', count: 1 });
		expect(itemsOf(await run(get('userModel', { taskId }), { credentials }))[0]?.json.status).toBe('succeeded');
		expect(requests('get').map(({ fault, gateway, code }) => fault ?? gateway ?? code)).toEqual([
			'gateway',
			'dropAfter',
			0,
		]);
	});

	it('of a create that was throttled is new as well', async () => {
		const { userId } = await model();
		faults({ on: 'create', kind: 'gateway', code: 'T429ID', count: 1 });
		expect(itemsOf(await run(portray(), { credentials, items: [{ json: { userId } }] }))[0]?.json.status).toBe(
			'succeeded',
		);
		expect(bought()).toEqual(['userModel', 'portrait']);
	});

	it('of uploads in parallel and of their repeats is always new', async () => {
		faults({ on: 'upload', kind: 'gateway', code: 'D503BB', count: 3 });
		itemsOf(await run(upload(), { credentials, items: [person(12)] }));
		expect(requests('upload').flatMap(({ gateway }) => gateway ?? [])).toEqual(Array(3).fill('D503BB'));
	});
});

describe('a credential that is wrong is a clear error at every operation, which buys nothing', () => {
	const OPERATIONS = [
		['upload', upload()],
		['train', train()],
		['portray', portray({ userId: 'U1' })],
		['generate', generate()],
		['get', get('portrait', { taskId: 'x' })],
		['wait', wait('userModel', { taskId: 'x' })],
		['styles', styles()],
	] as const;
	const CASES: Array<[string, () => ReturnType<typeof signedIn>, RegExp, RegExp, object]> = [
		[
			'a wrong AppCode',
			() => signedIn('appCode', { appCodeSecret: 'wrong-secret-0123' }),
			/the AppCode is not accepted/,
			/Check the AppCode/,
			{ code: 'A400AC', httpStatus: 400 },
		],
		[
			'a wrong AppKey',
			() => signedIn('appKeySecret', { appKey: '299999999' }),
			/the AppKey is not accepted/,
			/Check AppKey/,
			{ code: 'A400IK', httpStatus: 400 },
		],
		[
			'a wrong AppSecret',
			() => signedIn('appKeySecret', { appSecret: 'wrong-secret-0123' }),
			/the signature is not accepted/,
			/AppSecret/,
			{ httpStatus: 400 },
		],
		[
			'a clock that is slow',
			() => (control.settings({ clockOffsetMs: 20 * 60_000 }), signedIn('appKeySecret')),
			/: the clock of this machine is wrong: /,
			/Set the clock/,
			{ httpStatus: 400 },
		],
		[
			'a clock that is fast',
			() => (control.settings({ clockOffsetMs: -20 * 60_000 }), signedIn('appKeySecret')),
			/: the clock of this machine is wrong: /,
			/Set the clock/,
			{ httpStatus: 400 },
		],
		[
			'a wrong header',
			() => signedIn('header', { headerSecret: 'wrong-secret-0123' }),
			/may not call this API/,
			/subscribed/,
			{ code: 'I403AA', httpStatus: 403 },
		],
		[
			'no sign-in where one is needed',
			() => signedIn('none'),
			/no authorization/,
			/AppCode/,
			{ code: 'A400MA', httpStatus: 400 },
		],
		[
			'a base URL that leads elsewhere',
			() => aliyunCredentials(`${url}/nowhere`),
			/no such API|not one of/,
			/base URL/,
			{},
		],
	];

	it.each(CASES)('%s', async (_, credentials, message, hint, facts) => {
		const given = credentials();
		for (const [name, parameters] of OPERATIONS) {
			const error = errorOf(await run(parameters, { credentials: given }));
			expect(`${name}: ${error.message}`).toMatch(message);
			expect(factsOf(error)).toMatchObject({ ...facts, retryable: false, hint: expect.stringMatching(hint) });
			if (facts) expect(textOf(error)).not.toMatch(/wrong-secret-0123|StringToSign|x-ca-key/i);
		}
		expect(bought()).toEqual([]);
		expect(requests().filter(({ code }) => code === 0)).toEqual([]);
	});

	it('a field that is missing is named, and nothing is sent', async () => {
		const MISSING: Array<[Parameters<typeof signedIn>, string]> = [
			[['appCode', { baseUrl: '' }], 'The field Base URL of the credential is empty'],
			[['appKeySecret', { baseUrl: '' }], 'The field Base URL of the credential is empty'],
			[
				['appCode', { baseUrl: 'example.market.alicloudapi.com' }],
				'The field Base URL of the credential is not an address',
			],
			[['appCode', { appCodeSecret: '' }], 'The field AppCode of the credential is empty'],
			[['appKeySecret', { appSecret: '' }], 'The field AppSecret of the credential is empty'],
			[['header', { headerSecret: '' }], 'The field Header Value of the credential is empty'],
		];
		// Together, which takes less time.
		const given = MISSING.flatMap(([way, message]) =>
			[portray({ userId: 'U1' }), get('portrait', { taskId: 'x' })].map((parameters) => ({ way, message, parameters })),
		);
		await Promise.all(
			given.map(async ({ way, message, parameters }) => {
				const error = errorOf(await run(parameters, { credentials: signedIn(...way), items: [person(8)] }));
				expect(textOf(error)).toContain(message);
				expect(factsOf(error).taskState).toBe(parameters.operation === 'get' ? 'may-exist' : 'not-created');
			}),
		);
		expect(requests()).toEqual([]);
	});
});

describe('reads go on after whatever is no refusal', () => {
	const TROUBLE: Array<Omit<FaultRule, 'on'>> = [
		...['T429ID', 'T429MR', 'D503BB', 'D504TO', 'D504RE', 'D502FC', 'N502RE', 'X500ER'].map((code) => ({
			kind: 'gateway' as const,
			code,
		})),
		...[
			'Throttled by USER Flow Control',
			'Service Unavailable',
			'Internal Error',
			'Failed To Invoke Backend Service',
			'Async Service',
			'Nonce Used',
		].map((message) => ({ kind: 'gateway' as const, message })),
		{ kind: 'tooMany' },
		{ kind: 'status', status: 503 },
		{ kind: 'html502' },
		{ kind: 'brokenJson' },
		{ kind: 'truncatedJson' },
		{ kind: 'dropBefore' },
		{ kind: 'dropAfter' },
	];

	it('Get and Wait, many at once', async () => {
		const { taskId } = await portrait('succeed');
		faults(...TROUBLE.map((rule) => ({ on: 'get' as const, count: 1, ...rule })));
		const items = TROUBLE.map(() => ({ json: { taskId } }));
		const half = Math.ceil(items.length / 2);
		const [got, waited] = await Promise.all([
			run(get('portrait'), { items: items.slice(0, half) }),
			run(wait('portrait', { downloadImages: false }), { items: items.slice(half) }),
		]);
		for (const result of [got, waited])
			expect(itemsOf(result).map(({ json }) => json.status)).toEqual(result.items.map(() => 'succeeded'));
		expect(requests('get').filter(({ fault }) => fault)).toHaveLength(TROUBLE.length);
	});

	it('a wait is not ended by them, and Retry-After is waited for', async () => {
		const { userId } = await model();
		faults({ on: 'get', kind: 'gateway', code: 'T429ID', retryAfter: 1, count: 1 });
		expect(itemsOf(await run(portray(), { items: [{ json: { userId } }] }))[0]?.json.status).toBe('succeeded');
		const [first, second] = requests('get').map(({ at }) => at);
		expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(990);
	});
});

describe('what the gateway refuses for good', () => {
	const FINAL: Array<[Pick<FaultRule, 'code' | 'message'>, number, RegExp]> = [
		[{ code: 'B403MQ' }, 403, /used up/],
		[{ code: 'B403ME' }, 403, /expired/],
		[{ code: 'B403OD' }, 403, /overdue/],
		[{ code: 'I403AA' }, 403, /may not call/],
		[{ code: 'A403EP' }, 403, /expired/],
		[{ code: 'I404NF' }, 404, /no such API/],
		[{ code: 'I413RL' }, 413, /too large/],
		[{ code: 'B451DO' }, 451, /Aliyun has blocked this address/],
		[{ code: 'X400PM' }, 400, /does not take the request/],
		[{ code: 'X500AM' }, 500, /does not take the request/],
		[{ message: 'Quota Exhausted' }, 403, /used up/],
		[{ message: 'Quota Expired' }, 403, /expired/],
		[{ message: 'User Arrears' }, 403, /overdue/],
		[{ message: 'Unauthorized' }, 403, /may not call/],
		[{ message: 'Throttled by DOMAIN Flow Control' }, 403, /no calls left today/],
		[{ message: 'Unsupported Multipart' }, 400, /uploads cannot be signed/],
		[{ message: 'API Not Found' }, 400, /no such API/],
	];

	it.each(FINAL)(
		'%j is asked once, and the error has status, code, text and request ID',
		async (refusal, httpStatus, message) => {
			faults({ on: 'get', kind: 'gateway', ...refusal });
			const result = await run(get('portrait', { taskId: 'x' }));
			const error = errorOf(result);
			expect(error.message).toMatch(message);
			if (refusal.message) expect(error.message).toContain(refusal.message);
			const facts = factsOf(error);
			expect(facts).toMatchObject({
				httpStatus,
				requestId: expect.stringMatching(/^[\dA-F-]{36}$/),
				retryable: false,
				taskId: 'x',
			});
			expect(facts.code).toBe(refusal.code);
			expect(textOf(error)).not.toContain(facts.requestId);
			expect(requests('get')).toHaveLength(1);
		},
	);

	it('ends a wait for a paid task with an error that has its ID as a fact', async () => {
		const { userId } = await model();
		faults({ on: 'get', kind: 'gateway', code: 'B403MQ' });
		const error = errorOf(await run(portray(), { items: [{ json: { userId } }] }));
		const { taskId } = control.ledger()[1] ?? {};
		expect(factsOf(error)).toMatchObject({ taskId, taskState: 'created', code: 'B403MQ' });
		expect(error.message).toBe(
			'Aliyun AI Portrait refused to show the task: the calls of the package are used up: Api Market Subscription quota exhausted',
		);
	});

	it('the gateway of the classic kind says the same about a wrong AppCode', async () => {
		control.settings({ aliyunGatewayCodes: false });
		const error = errorOf(
			await run(portray({ userId: 'U1' }), { credentials: signedIn('appCode', { appCodeSecret: 'wrong' }) }),
		);
		expect(error.message).toMatch(/: the AppCode is not accepted: Invalid AppCode/);
	});
});
