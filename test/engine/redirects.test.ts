/** No API request follows a redirect: it would carry the credential to another host, or turn a paid POST into a GET. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INodeParameters } from 'n8n-workflow';
import { afterAll, beforeEach, expect, it } from 'vitest';

import { startHarness } from '../harness/index.ts';
import { errorOf, factsOf } from './support.ts';

const n8n = await startHarness();
afterAll(async () => await n8n.stop());

/** What arrives where the redirect leads. */
const arrived: unknown[] = [];
let status = 302;
const target = createServer((request, response) => {
	arrived.push(request.headers);
	response.end('{}');
});
const service = createServer((request, response) => {
	request.resume();
	response.writeHead(status, { location: `${urlOf(target)}${request.url ?? ''}` }).end();
});
const urlOf = (server: typeof target) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
for (const server of [target, service]) {
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	afterAll(async () => await new Promise((resolve) => server.close(resolve)));
}
beforeEach(() => void arrived.splice(0));

const credentials = {
	klingApi: { region: 'custom', baseUrl: urlOf(service), apiKey: 'key-0123456789' },
	aliyunMarketApi: { baseUrl: urlOf(service), appCodeSecret: 'code-0123456789' },
	psTaskApi: { baseUrl: urlOf(service), authentication: 'bearer', token: 'token-0123456789' },
};
const image = 'https://example.test/image.png';
const OPERATIONS: Array<[node: string, parameters: INodeParameters]> = [
	['kling', { resource: 'imageExpansion', operation: 'create', image, upExpansionRatio: 0.5 }],
	['kling', { resource: 'imageExpansion', operation: 'get', taskId: 't' }],
	['kling', { resource: 'imageExpansion', operation: 'getAll' }],
	['kling', { resource: 'imageExpansion', operation: 'wait', taskId: 't' }],
	[
		'aliyunPortrait',
		{ resource: 'portrait', operation: 'create', userId: 'U1', style: { __rl: true, mode: 'id', value: 's' } },
	],
	['aliyunPortrait', { resource: 'portrait', operation: 'get', taskId: 't' }],
	['aliyunPortrait', { resource: 'style', operation: 'getAll' }],
	['psTask', { resource: 'task', operation: 'create', imageUrl: image, prompt: 'p' }],
	['psTask', { resource: 'task', operation: 'get', taskId: 't' }],
];

const CASES = OPERATIONS.flatMap(([node, parameters]) =>
	[301, 302, 303, 307, 308].map((code) => ({ node, code, parameters })),
);

it.each(CASES)(
	'$node $parameters.resource $parameters.operation: $code is refused at once, and nothing arrives where it leads',
	async ({ node, code, parameters }) => {
		status = code;
		const error = errorOf(await n8n.run({ node: `n8n-nodes-kling-aliyun.${node}`, parameters, credentials }));
		expect(error.message).toBe(`The address redirects to ${new URL(urlOf(target)).host}, so nothing was sent there`);
		expect(error.description).toContain('enter it as Base URL');
		expect(arrived).toEqual([]);
		if (parameters.operation === 'create')
			expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
	},
);
