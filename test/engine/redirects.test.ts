/** Nothing that carries a credential follows a redirect: it would hand it over, or turn a paid POST into a GET. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { inspect } from 'node:util';
import type { INodeParameters } from 'n8n-workflow';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { isN8n1, startHarness } from '../harness/index.ts';
import { errorOf, factsOf } from './support.ts';

const n8n = await startHarness();
afterAll(async () => await n8n.stop());

/** An answer that every service would take for a task, and every test for a success. */
const task = { task_id: 't1', id: 't1', task_status: 'succeed', status: 'completed', state: 3 };
const LOOKS_GOOD = JSON.stringify({ code: 0, ret: 0, data: task, body: [{ style: 's', name: 'Style' }], ...task });

/** What arrives where the redirect leads, and at the service itself. */
const elsewhere: unknown[] = [];
const asked: string[] = [];
let answer: { status: number; location?: string; body?: string } = { status: 302 };
const target = createServer((request, response) => {
	elsewhere.push(request.headers);
	response.end(LOOKS_GOOD);
});
const service = createServer((request, response) => {
	asked.push(`${request.method} ${request.url}`);
	request.resume();
	const { status, location = `${urlOf(target)}${request.url ?? ''}`, body } = answer;
	response.writeHead(status, { location, 'content-type': 'application/json' }).end(body);
});
const urlOf = (server: typeof target) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
for (const server of [target, service]) {
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	afterAll(async () => await new Promise((resolve) => server.close(resolve)));
}
beforeEach(() => {
	for (const seen of [elsewhere, asked]) seen.length = 0;
});

const STATUSES = [300, 301, 302, 303, 304, 305, 306, 307, 308];
const baseUrl = urlOf(service);
const own = { authentication: 'header', headerName: 'X-Api-Key', headerSecret: 'header-0123456789' };

/** Every way to sign in, by the credential's type. */
const SIGNED_IN: Array<[node: string, credential: string, fields: Record<string, string>]> = [
	['kling', 'klingApi', { region: 'custom', apiKey: 'key-0123456789' }],
	[
		'kling',
		'klingApi',
		{ region: 'custom', authentication: 'accessKey', accessKey: 'access-0123456789', secretKey: 'secret-0123456789' },
	],
	['aliyunPortrait', 'aliyunMarketApi', { appCodeSecret: 'code-0123456789' }],
	[
		'aliyunPortrait',
		'aliyunMarketApi',
		{ authentication: 'appKeySecret', appKey: 'k-0123456789', appSecret: 's-0123456789' },
	],
	['aliyunPortrait', 'aliyunMarketApi', own],
	['psTask', 'psTaskApi', { authentication: 'bearer', token: 'token-0123456789' }],
	['psTask', 'psTaskApi', own],
	['psTask', 'psTaskApi', { authentication: 'none' }],
];

const image = 'https://example.test/image.png';
const style = { __rl: true, mode: 'id', value: 's' };
const OPERATIONS: Record<string, INodeParameters[]> = {
	kling: [
		{ resource: 'imageExpansion', operation: 'create', image, expansionMode: 'ratios', upExpansionRatio: 0.5 },
		{ resource: 'imageExpansion', operation: 'get', taskId: 't' },
		{ resource: 'imageExpansion', operation: 'getAll' },
		{ resource: 'imageExpansion', operation: 'wait', taskId: 't' },
	],
	aliyunPortrait: [
		{ resource: 'portrait', operation: 'create', userId: 'U1', style },
		{ resource: 'portrait', operation: 'get', taskId: 't' },
		{ resource: 'style', operation: 'getAll' },
	],
	psTask: [
		{ resource: 'task', operation: 'create', imageUrl: image, prompt: 'p' },
		{ resource: 'task', operation: 'get', taskId: 't' },
	],
};

describe.each(SIGNED_IN)('%s with %s %j', (node, credential, fields) => {
	const credentials = { [credential]: { ...fields, baseUrl } };
	const type = `n8n-nodes-kling-aliyun.${node}`;
	const operations = OPERATIONS[node] ?? [];

	describe.each(STATUSES)('%i', (status) => {
		it.each(operations)('of $resource $operation is refused at once', async (parameters) => {
			answer = { status };
			const error = errorOf(await n8n.run({ node: type, parameters, credentials }));
			expect(error.message).toBe(`The address redirects to ${new URL(urlOf(target)).host}, so nothing was sent there`);
			expect(error.description).toContain('enter it as Base URL');
			expect(elsewhere).toEqual([]);
			expect(asked).toHaveLength(1);
			if (parameters.operation === 'create')
				expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		});

		it('with a body that looks like a task is no task', async () => {
			answer = { status, body: LOOKS_GOOD };
			const error = errorOf(await n8n.run({ node: type, parameters: operations[0], credentials }));
			expect(error.message).toContain('The address redirects');
			expect(elsewhere).toEqual([]);
		});

		it('to the same host is not followed either', async () => {
			answer = { status, location: '/somewhere/else' };
			const error = errorOf(await n8n.run({ node: type, parameters: operations[0], credentials }));
			expect(error.message).toContain(`redirects to ${new URL(baseUrl).host}`);
			expect(asked).toHaveLength(1);
		});

		it.each([undefined, LOOKS_GOOD])('is followed by no test of the credential, whose answer is %s', async (body) => {
			answer = { status, body };
			const tested = await n8n.testCredential(credential, { ...fields, baseUrl });
			expect(elsewhere).toEqual([]);
			expect(asked).toHaveLength(1);
			// The test of n8n 1.x cannot see the status of an answer that it reads.
			const message = 'The address redirects. Enter the address it leads to as Base URL.';
			// A 304 has no body.
			if (isN8n1) expect(tested.status).toBe(body === LOOKS_GOOD && status !== 304 ? 'OK' : 'Error');
			else expect(tested).toEqual({ status: 'Error', message });
		});

		if (node === 'aliyunPortrait') {
			it('is followed by no list of choices, nor taken for one', async () => {
				answer = { status, body: LOOKS_GOOD };
				const list = n8n.listSearch({ node: type, method: 'searchStyles', credentials });
				await expect(list).rejects.toThrow(`The address redirects to ${new URL(urlOf(target)).host}`);
				expect(elsewhere).toEqual([]);
			});
		}
	});

	it('is followed by no agent’s tool', async () => {
		answer = { status: 307, body: LOOKS_GOOD };
		const [parameters = {}] = operations;
		const options = { node: type, parameters, credentials };
		const agent = await n8n.runAsTool({ ...options, calls: [[{}]] });
		const mcp = await n8n.runFromMcp({ ...options, calls: [{}] });
		for (const { answers } of [agent, mcp]) expect(inspect(answers, { depth: 8 })).toContain('The address redirects');
		expect(elsewhere).toEqual([]);
	});
});
