/** No error, log line, item or description ever holds an AppCode, an AppKey's secret, a signature or a photo. */
import type { INodeParameters } from 'n8n-workflow';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';

import { sandboxAliyunAccount, type FaultRule } from '../../../sandbox/provider/index.ts';
import type { RunOptions } from '../../harness/index.ts';
import { generate, get, person, portray, smallPhoto, start, styles, train, upload } from './support.ts';

const { run, control, signedIn, faults, uploaded } = await start();
const { appCode, appKey, appSecret, headerSecret } = sandboxAliyunAccount;
const base64 = smallPhoto(0).toString('base64');

/** Pieces of what must never be told. Middles, because a message may cut off the ends. */
const SECRETS: Array<[string, string | RegExp]> = [
	['the AppCode', appCode.slice(4, 24)],
	['the AppSecret', appSecret.slice(4, 24)],
	['the header', headerSecret.slice(4, 24)],
	['a wrong secret', 'wrong-secret-0123456789'],
	['the AppKey, as the gateway shows it in the string to sign', new RegExp(`${appKey}|StringToSign|x-ca-nonce`, 'i')],
	['an Authorization header', /APPCODE\s+\w{6,}/],
	['a signature', /x-ca-signature["']?[:=]/i],
	['the signature of the execution', 'resume-token-0123456789'],
	['the beginning of a photo', base64.slice(16, 48)],
	['the middle of a photo', base64.slice(8_000, 8_032)],
	['a query of a URL', 'token=hidden'],
];

/** Everything a run tells, for eyes and for programs, except result URLs in items, which are meant to be used. */
function told({ error, items, errorItems, log, data }: Awaited<ReturnType<typeof run>>): string {
	const given = items
		.concat(errorItems)
		.map(({ json, pairedItem }) => ({ json: { ...json, images: undefined }, pairedItem }));
	const properties =
		error && Object.fromEntries(Object.getOwnPropertyNames(error).map((name) => [name, (error as never)[name]]));
	// What the node leaves in the execution for a retry is stored in the database.
	const kept = data.executionData?.contextData;
	return [error, properties, error?.stack, error?.cause, given, log, kept]
		.map(
			(text) => `${JSON.stringify(text)}\n${inspect(text, { depth: 12, maxStringLength: null, maxArrayLength: null })}`,
		)
		.join('\n');
}

const WAYS = { appCode: signedIn('appCode'), signature: signedIn('appKeySecret'), header: signedIn('header') };
const uri = `data:image/jpeg;base64,${base64}`;
const byText = { items: [{ json: { uri, base64 } }] };
const paths = { photos: '={{ $json.paths }}' };
const rule =
	(...rules: Array<Omit<FaultRule, 'service'>>) =>
	() =>
		faults(...rules);

const SWEEP: Array<[string, INodeParameters, Partial<RunOptions>, (() => void)?]> = [
	['a success by AppCode', generate(), { credentials: WAYS.appCode }],
	['a success by signature', generate({ downloadImages: true }), { credentials: WAYS.signature }],
	['a success by header', train(), { credentials: WAYS.header }],
	['a success with photos as text', upload({ photos: '={{ [$json.uri, $json.base64] }}' }), byText],
	[
		'a wrong AppCode',
		portray({ userId: 'U1' }),
		{ credentials: signedIn('appCode', { appCodeSecret: 'wrong-secret-0123456789' }) },
	],
	[
		'a wrong AppSecret, where the gateway shows the string to sign',
		portray({ userId: 'U1' }),
		{ credentials: signedIn('appKeySecret', { appSecret: 'wrong-secret-0123456789' }) },
	],
	[
		'a wrong AppSecret at an upload',
		upload(),
		{ credentials: signedIn('appKeySecret', { appSecret: 'wrong-secret-0123456789' }) },
	],
	[
		'a wrong AppSecret at the styles',
		styles(),
		{ credentials: signedIn('appKeySecret', { appSecret: 'wrong-secret-0123456789' }) },
	],
	[
		'a wrong clock',
		portray({ userId: 'U1' }),
		{ credentials: WAYS.signature },
		() => control.settings({ clockOffsetMs: 3_600_000 }),
	],
	[
		'a wrong header',
		portray({ userId: 'U1' }),
		{ credentials: signedIn('header', { headerSecret: 'wrong-secret-0123456789' }) },
	],
	[
		'an AppCode that cannot be sent',
		portray({ userId: 'U1' }),
		{ credentials: signedIn('appCode', { appCodeSecret: 'wrong-secret-0123456789\n密' }) },
	],
	[
		'a base URL with a secret',
		portray({ userId: 'U1' }),
		{
			credentials: signedIn('appCode', {
				baseUrl: 'http://user:wrong-secret-0123456789@127.0.0.1:1/wrong-secret-0123456789?token=hidden',
			}),
		},
	],
	...(['dropAfter', 'dropBefore', 'html502', 'brokenJson', 'truncatedJson'] as const).map(
		(kind): (typeof SWEEP)[number] => [
			`a training with ${kind}`,
			train(),
			{ credentials: WAYS.signature },
			rule({ on: 'create', kind }),
		],
	),
	[
		'used up calls',
		generate(),
		{ credentials: WAYS.signature },
		rule({ on: 'create', kind: 'gateway', code: 'B403MQ' }),
	],
	['an unknown refusal', generate(), {}, rule({ on: 'create', kind: 'code', code: 7, message: 'no' })],
	['a photo that is cut', upload({ photos: '={{ $json.uri.slice(0, -3) + "!" }}' }), byText],
	['a photo that is no photo', train({ photos: '={{ Array(8).fill($json.base64.slice(40)) }}' }), byText],
	['a photo as user ID', portray({ userId: '={{ $json.base64 }}' }), byText],
	['a photo as user ID of the whole way', generate({ photos: '', options: { userId: '={{ $json.base64 }}' } }), byText],
	[
		'a photo as training task ID',
		generate({ photos: '', options: { userId: 'U1', modelTaskId: '={{ $json.base64 }}' } }),
		byText,
	],
	['a photo as style', portray({ userId: 'U1', style: { mode: 'id', value: '={{ $json.uri }}', __rl: true } }), byText],
	['a photo as task ID', get('portrait', { taskId: '={{ $json.base64 }}' }), byText],
	['a photo as a limit', styles({ limit: '={{ $json.base64 }}' }), byText],
	['a photo as a timeout', generate({ options: { trainingTimeout: '={{ $json.base64 }}' } }), byText],
	[
		'a URL that leads nowhere',
		upload({ photos: '={{ $json.url }}' }),
		{ items: [{ json: { url: 'http://user:wrong-secret-0123456789@127.0.0.1:1/a.jpg?token=hidden' } }] },
	],
	['a failed training', generate(), {}, () => control.fates([{ fate: 'failed' }])],
	['a dead image', generate({ downloadImages: true }), {}, () => control.fates([{ deadResult: true, pictures: 1 }])],
	[
		'a stop in the training',
		generate(),
		{ cancelAfterMs: 400, credentials: WAYS.signature },
		() => control.fates([{ fate: 'stuck' }]),
	],
	[
		'a stop in the uploads',
		generate(),
		{ cancelAfterMs: 300, credentials: WAYS.signature },
		rule({ on: 'upload', kind: 'delay', ms: 400 }),
	],
	[
		'several people',
		generate(),
		{ items: [person(8, {}, 0), person(8, {}, 30)], credentials: WAYS.signature },
		() => control.fates([{ match: { nth: 1 }, fate: 'failed' }]),
	],
];

let executions = 0;

describe('nothing secret is told', () => {
	it.each(SWEEP)('%s', async (_, parameters, options, prepare) => {
		prepare?.();
		const resumeToken = `resume-token-0123456789-${++executions}`;
		const runs = (['stopWorkflow', 'continueRegularOutput'] as const).map(
			async (onError) => await run(parameters, { resumeToken, nodeId: onError, onError, ...options }),
		);
		for (const result of await Promise.all(runs)) {
			const text = told(result);
			expect(text.length).toBeGreaterThan(50);
			for (const [name, secret] of SECRETS) {
				expect({
					name,
					found: typeof secret === 'string' ? text.includes(secret) : (secret.exec(text)?.[0] ?? false),
				}).toEqual({ name, found: false });
			}
		}
	});

	it('the sweep would notice: the simulator has seen all of it', async () => {
		const there = await uploaded();
		await run(train(paths), { items: [{ json: { paths: there } }], credentials: WAYS.signature });
		expect(control.requests().map(({ authorization }) => authorization)).toContain('signature');
		const all = `${appCode} ${appSecret} ${headerSecret} ${appKey} wrong-secret-0123456789 resume-token-0123456789 ${base64} APPCODE abcdefgh x-ca-signature: token=hidden`;
		expect(SECRETS.map(([, secret]) => (typeof secret === 'string' ? all.includes(secret) : secret.test(all)))).toEqual(
			SECRETS.map(() => true),
		);
	});
});
