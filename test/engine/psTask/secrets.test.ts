/** No error, log line, item or description ever holds a token, a header's value or an image. */
import type { INodeParameters } from 'n8n-workflow';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';

import { sandboxPsAccount, type FaultRule } from '../../../sandbox/provider/index.ts';
import type { RunOptions } from '../../harness/index.ts';
import { count, file, on, photo, psCredentials, start, submit } from './support.ts';

const { run, control, provider } = await start();

const { token, headerName, headerSecret } = sandboxPsAccount;
const base64 = photo().toString('base64');
const bearer = { authentication: 'bearer', token };
const signed = psCredentials(provider.url, bearer);
const wrong = 'wrong-secret-0123456789';

/** Pieces of what must never be told. Middles, because a message may cut off the ends. */
const SECRETS: Array<[string, string | RegExp]> = [
	['the token', token.slice(4, 26)],
	["the header's value", headerSecret.slice(4, 20)],
	['a wrong secret', wrong],
	['an Authorization header', /Bearer\s+[\w-]{8,}/],
	['the signature of the execution', 'resume-token-0123456789'],
	['the beginning of an image', base64.slice(16, 48)],
	['the middle of an image', base64.slice(30_000, 30_032)],
];

/** Everything a run tells, for eyes and for programs. */
function told({ error, items, errorItems, log }: Awaited<ReturnType<typeof run>>): string {
	const json = items.concat(errorItems).map((item) => ({ json: item.json, pairedItem: item.pairedItem }));
	const properties =
		error && Object.fromEntries(Object.getOwnPropertyNames(error).map((name) => [name, (error as never)[name]]));
	const texts = [error, properties, error?.stack, error?.cause, json, log];
	return texts
		.map(
			(text) => `${JSON.stringify(text)}\n${inspect(text, { depth: 12, maxStringLength: null, maxArrayLength: null })}`,
		)
		.join('\n');
}

const withImage = {
	items: [{ json: { image: base64, uri: `data:image/jpeg;base64,${base64}` }, binary: { data: file() } }],
};
const faults =
	(...rules: FaultRule[]) =>
	() =>
		control.faults(rules);
const withHeader = (value: string) =>
	psCredentials(provider.url, { authentication: 'header', headerName, headerSecret: value });

const SWEEP: Array<[string, INodeParameters, Partial<RunOptions>, (() => void)?]> = [
	...[400, 401, 403, 404, 422, 500, 503].map((code): (typeof SWEEP)[number] => [
		`code ${code}`,
		submit(),
		{},
		faults({ on: 'create', kind: 'code', code }),
	]),
	...(['dropBefore', 'dropAfter', 'html502', 'brokenJson', 'truncatedJson'] as const).map(
		(kind): (typeof SWEEP)[number] => [`a submit with ${kind}`, submit(), {}, faults({ on: 'create', kind })],
	),
	['a wrong token', submit(), { credentials: psCredentials(provider.url, { ...bearer, token: wrong }) }],
	['a wrong header', submit(), { credentials: withHeader(wrong) }, () => control.settings({ psAuth: 'header' })],
	['a right header', submit(), { credentials: withHeader(headerSecret) }, () => control.settings({ psAuth: 'header' })],
	[
		'a token that cannot be sent',
		submit(),
		{ credentials: psCredentials(provider.url, { ...bearer, token: `${token}\n${wrong}` }) },
	],
	['a server that is not there', submit(), { credentials: psCredentials('http://127.0.0.1:1', bearer) }],
	[
		'a base URL with a password that is not there',
		submit(),
		{ credentials: psCredentials(`http://user:${wrong}@127.0.0.1:1/${wrong}`, bearer) },
	],
	[
		'a submit that hangs',
		submit({ requestOptions: { timeout: 100 } }),
		{},
		faults({ on: 'create', kind: 'delay', ms: 400 }),
	],
	['base64 for an address', submit({ imageUrl: '={{ $json.image }}' }), withImage],
	['a data URI for an address', submit({ imageUrl: '={{ $json.uri }}' }), withImage],
	['a file for an address', submit({ imageUrl: '={{ $binary.data }}' }), withImage],
	[
		'a file in memory for an address',
		submit({ imageUrl: '={{ { mimeType: "image/jpeg", data: $json.image } }}' }),
		withImage,
	],
	['an image for a prompt', submit({ prompt: '={{ [$json.uri] }}', imageUrl: '={{ $json.image }}' }), withImage],
	['an image for a priority', submit({ options: { priority: '={{ $json.image }}' } }), withImage],
	['an image for a switch', submit({ options: { keepSize: '={{ $json.uri }}' } }), withImage],
	['an image for a task ID', on('get', { taskId: '={{ $json.image }}' }), withImage],
	['an unknown task', on('get', { taskId: 'none' }), {}],
	['a dead result', submit(), {}, () => control.fates([{ deadResult: true }])],
	['a failed task', submit(), { items: count(2).map((json) => ({ json })) }, () => control.fates([{ fate: 'failed' }])],
	[
		'a timeout',
		submit({ options: { timeout: 0.003, onTimeout: 'error' } }),
		{},
		() => control.fates([{ fate: 'stuck' }]),
	],
	['a stop', submit(), { cancelAfterMs: 300 }, () => control.fates([{ fate: 'stuck' }])],
	['a success', submit(), {}],
];

describe('nothing secret is told', () => {
	let executions = 0;

	it.each(SWEEP)('%s', async (_, parameters, options, prepare) => {
		// An execution of its own: one that is known would return its task again.
		const resumeToken = `resume-token-0123456789-${++executions}`;
		control.settings({ psAuth: 'bearer' });
		prepare?.();
		const runs = (['stopWorkflow', 'continueRegularOutput'] as const).map(
			async (onError) =>
				await run(parameters, { credentials: signed, resumeToken, nodeId: onError, onError, ...options }),
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

	it('the sweep would notice: the simulator has seen the token', async () => {
		control.settings({ psAuth: 'bearer' });
		await run(submit(), { credentials: signed });
		expect(control.requests()[0]).toMatchObject({ authorization: 'bearer', status: 200 });
		const all = `${token} ${headerSecret} ${wrong} Bearer ${token} resume-token-0123456789 ${base64}`;
		expect(SECRETS.map(([, secret]) => (typeof secret === 'string' ? all.includes(secret) : secret.test(all)))).toEqual(
			SECRETS.map(() => true),
		);
	});
});
