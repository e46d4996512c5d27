/** No error, log line, item or description ever holds a key, a secret, a token, a signature or an image. */
import type { INodeParameters } from 'n8n-workflow';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';

import type { FaultRule } from '../../../sandbox/provider/index.ts';
import type { RunOptions } from '../../harness/index.ts';
import { klingCredentials } from '../../harness/provider.ts';
import {
	accessKey,
	apiKey,
	count,
	create,
	expand,
	itemsOf,
	multiImage,
	photo,
	photos,
	secretKey,
	start,
} from './support.ts';

// Nothing here is about time, and several cases wait before they try again.
const { run, control, provider, unknown } = await start({}, { speed: 20 });

const base64 = photo().toString('base64');
const signed = klingCredentials(provider.url, { authentication: 'accessKey', apiKey: '', accessKey, secretKey });
const wrong = klingCredentials(provider.url, {
	authentication: 'accessKey',
	apiKey: '',
	accessKey,
	secretKey: 'wrong-secret-0123456789',
});

/** Pieces of what must never be told. Middles, because a message may cut off the ends. */
const SECRETS: Array<[string, string | RegExp]> = [
	['the API key', apiKey.slice(12, 40)],
	['the secret key', secretKey.slice(4, 24)],
	['a wrong secret key', 'wrong-secret-0123456789'],
	['a token', /eyJ[\w-]{8,}\.eyJ/],
	['an Authorization header', /Bearer\s+[\w-]{8,}/],
	['the signature of a result', /Signature=[\w-]{8,}/],
	['the signature of the execution', 'resume-token-0123456789'],
	['the beginning of an image', base64.slice(16, 48)],
	['the middle of an image', base64.slice(30_000, 30_032)],
];

/** Everything a run tells, for eyes and for programs, except result URLs in items, which are meant to be used. */
function told({ error, items, errorItems, log }: Awaited<ReturnType<typeof run>>): string {
	const told = items
		.concat(errorItems)
		.map(({ json, pairedItem }) => ({ json: { ...json, images: undefined }, pairedItem }));
	const properties =
		error && Object.fromEntries(Object.getOwnPropertyNames(error).map((name) => [name, (error as never)[name]]));
	const texts = [error, properties, error?.stack, error?.cause, told, log];
	return texts
		.map(
			(text) => `${JSON.stringify(text)}\n${inspect(text, { depth: 12, maxStringLength: null, maxArrayLength: null })}`,
		)
		.join('\n');
}

const byText = { items: [{ json: { image: base64, uri: `data:image/jpeg;base64,${base64}` } }] };
const faults =
	(...rules: FaultRule[]) =>
	() =>
		control.faults(rules);
const codes = [1000, 1001, 1100, 1102, 1103, 1200, 1201, 1203, 1300, 1301, 1304, 5000, 5001, 5002];
/** Without it every create that is lost would be sent four times. */
const noLookUp: FaultRule = { on: 'get', kind: 'code', code: 1103 };
const plain: INodeParameters = expand();

const SWEEP: Array<[string, INodeParameters, Partial<RunOptions>, (() => void)?]> = [
	...codes.map((code): (typeof SWEEP)[number] => [
		`code ${code}`,
		plain,
		{},
		faults({ on: 'create', kind: 'code', code }, noLookUp),
	]),
	...(['dropBefore', 'dropAfter', 'html502', 'brokenJson', 'truncatedJson'] as const).map(
		(kind): (typeof SWEEP)[number] => [`a create with ${kind}`, plain, {}, faults({ on: 'create', kind }, noLookUp)],
	),
	['a create that is lost again and again', plain, {}, faults({ on: 'create', kind: 'dropBefore' })],
	['a wrong key', plain, { credentials: klingCredentials(provider.url, { apiKey: `${apiKey}x` }) }],
	['a wrong secret', plain, { credentials: wrong }],
	['a clock that is wrong', plain, { credentials: signed }, () => control.settings({ clockOffsetMs: 3_600_000 })],
	['a server that is not there', plain, { credentials: klingCredentials('http://127.0.0.1:1') }],
	['a base URL that is none', plain, { credentials: klingCredentials('not a url') }],
	[
		'a proxy with a password that is not there',
		expand({ requestOptions: { proxy: '={{ $json.proxy }}' } }),
		{ items: photos({ proxy: `http://user:${secretKey}@127.0.0.1:1` }) },
	],
	[
		'a create that hangs',
		expand({ requestOptions: { timeout: 100 } }),
		{ credentials: signed },
		faults({ on: 'create', kind: 'delay', ms: 500 }, noLookUp),
	],
	['base64 that is cut', expand({ image: '={{ $json.image.slice(0, -3) + "!" }}' }), byText],
	['base64 that is no image', expand({ image: '={{ $json.image.slice(40) }}' }), byText],
	['a data URI that is cut', multiImage({ subjectImages: '={{ $json.uri.slice(0, -3) + "!" }}' }), byText],
	['images in the wrong field', expand({ prompt: '={{ $json.image }}', image: '={{ $json.image }}' }), byText],
	['an image as a number', expand({ n: '={{ $json.image }}', image: '={{ $json.uri }}' }), byText],
	['an image as a ratio', expand({ upExpansionRatio: '={{ $json.uri }}' }), byText],
	[
		'an image as an aspect ratio',
		multiImage({ aspectRatio: '={{ $json.image }}', subjectImages: '={{ [$json.uri] }}' }),
		byText,
	],
	['an image as a task ID', { resource: 'imageExpansion', operation: 'get', taskId: '={{ $json.image }}' }, byText],
	['an image as a prefix', expand({ options: { externalTaskIdPrefix: '={{ $json.image }}' } }), byText],
	[
		'an image that is refused',
		expand({ image: '={{ $json.image }}' }),
		byText,
		faults({ on: 'create', kind: 'code', code: 1201, message: 'File is not in a valid base64 format' }),
	],
	['a dead result', plain, {}, () => control.fates([{ deadResult: true }])],
	['a result that is no image', plain, {}, faults({ on: 'file', kind: 'brokenJson' })],
	['a failed task', plain, {}, () => control.fates([{ fate: 'failed' }])],
	[
		'a timeout',
		expand({ options: { timeout: 0.003, onTimeout: 'error' } }),
		{},
		() => control.fates([{ fate: 'stuck' }]),
	],
	['a success', plain, { credentials: signed }],
	['several items', plain, { items: photos(...count(3)) }, () => control.fates([{ fate: 'failed', count: 4 }])],
	['a taken ID', expand({ options: { externalTaskId: 'order-1' } }), {}],
	[
		'no free slot',
		expand({ options: { queueTimeout: 0.01 } }),
		{ credentials: unknown() },
		() => control.settings({ slots: 0 }),
	],
	['a stop', plain, { cancelAfterMs: 300 }, () => control.fates([{ fate: 'stuck' }])],
	[
		'a stop during a create',
		create('aiMultiShot'),
		{ cancelAfterMs: 200 },
		faults({ on: 'create', kind: 'delay', ms: 600 }),
	],
];

describe('nothing secret is told', () => {
	it.each(SWEEP)('%s', async (_, parameters, options, prepare) => {
		prepare?.();
		const runs = (['stopWorkflow', 'continueRegularOutput'] as const).map(
			async (onError) =>
				await run(parameters, { resumeToken: 'resume-token-0123456789', nodeId: onError, onError, ...options }),
		);
		for (const result of await Promise.all(runs)) {
			const text = told(result);
			expect(text.length).toBeGreaterThan(50);
			for (const [name, secret] of SECRETS) {
				expect({ name, found: typeof secret === 'string' ? text.includes(secret) : secret.test(text) }).toEqual({
					name,
					found: false,
				});
			}
		}
	});

	it('the sweep would notice: the simulator has seen the image and the key', async () => {
		const [item] = itemsOf(await run(plain));
		// A create that was stopped just before may arrive here.
		const task = control.ledger().find(({ taskId }) => taskId === item?.json.taskId);
		expect(task?.request.image).toMatchObject({ bytes: photo().length });
		expect(control.requests().find(({ taskId }) => taskId === item?.json.taskId)).toMatchObject({
			authorization: 'key',
			status: 200,
		});
		expect(
			SECRETS.map(([, secret]) =>
				typeof secret === 'string'
					? `${apiKey} ${secretKey} ${base64} wrong-secret-0123456789 resume-token-0123456789`.includes(secret)
					: secret.test('Bearer abcdefghij eyJhbGciOiJI.eyJ Signature=abcdefghij'),
			),
		).toEqual(SECRETS.map(() => true));
	});
});
