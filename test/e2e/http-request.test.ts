/** n8n's own HTTP Request node signs in with our credentials, at endpoints that our nodes do not have, and nowhere else. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

import { N8nClient } from '../../sandbox/n8n/client';
import { failureOf, outputOf, type Execution } from '../../sandbox/n8n/execution';
import { startN8n } from '../../sandbox/n8n/server';
import type { CredentialReference, WorkflowNode } from '../../sandbox/n8n/workflow';
import type { Authorization, Settings } from '../../sandbox/provider';
import {
	aliyunHeaderCredential,
	appCodeCredential,
	appKeyCredential,
	keyCredential,
	psHeaderCredential,
	signingCredential,
	tokenCredential,
} from './setup/accounts';
import { chain, step } from './setup/chain';
import { RELEASE } from './setup/release';
import { open, type Opened } from './setup/surroundings';
import { TRIGGER } from './setup/workflows';

/** A way to sign in, and what is asked with it. */
interface Way {
	type: string;
	data: (baseUrl: string) => Record<string, string>;
	/** What the simulator then sees. */
	seen: Authorization;
	settings?: Partial<Settings>;
	/** Something to read, with a query; only who has signed in is answered so. */
	read: string;
	answer: Record<string, unknown>;
	/** An endpoint that neither our nodes nor the simulator have. */
	other: string;
}

const kling = {
	type: 'klingApi',
	read: '/v1/images/generations?pageNum=1&pageSize=2',
	answer: { code: 0, data: [] },
	other: '/v1/videos/text2video',
};
const aliyun = {
	type: 'aliyunMarketApi',
	read: '/cloud/aigc_product_brief_query?b=二&a=1 %2B',
	answer: { ret: 0 },
	other: '/cloud/aigc_video_create',
};
const ps = {
	type: 'psTaskApi',
	read: '/ps_tasks/result/nobody?a=1',
	answer: { code: 404, msg: 'Task not found' },
	other: '/ps_tasks/cancel',
};
const WAYS: Record<string, Way> = {
	'Kling, API key': { ...kling, data: keyCredential, seen: 'key' },
	'Kling, access key and secret key': { ...kling, data: signingCredential, seen: 'jwt' },
	'Aliyun, AppCode': { ...aliyun, data: appCodeCredential, seen: 'appCode' },
	'Aliyun, AppKey and AppSecret': { ...aliyun, data: appKeyCredential, seen: 'signature' },
	'Aliyun, header': { ...aliyun, data: aliyunHeaderCredential, seen: 'header' },
	'PS Task, token': { ...ps, data: tokenCredential, seen: 'bearer', settings: { psAuth: 'bearer' } },
	'PS Task, header': { ...ps, data: psHeaderCredential, seen: 'header', settings: { psAuth: 'header' } },
};

let opened: Opened;
/** A host that is not the service's, and one that sends everybody there. */
let elsewhere: Server;
let redirecting: Server;
const arrived: string[] = [];
const urlOf = (server: Server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

beforeAll(async () => {
	opened = await open();
	elsewhere = createServer(({ url }, response) => {
		arrived.push(String(url));
		response.end('{}');
	});
	redirecting = createServer(({ url }, response) => {
		response.writeHead(307, { location: urlOf(elsewhere) + url }).end();
	});
	for (const server of [elsewhere, redirecting])
		await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
beforeEach(async () => {
	await opened.provider.reset();
	arrived.length = 0;
});
afterAll(() => {
	elsewhere.close();
	redirecting.close();
});

/** The newest version of the node. */
const NEWEST = RELEASE === '1.x' ? 4.3 : 4.5;

/** The HTTP Request node, which gives the whole answer, whatever its status. */
function request(name: string, url: string, credential: CredentialReference, body?: object): WorkflowNode {
	const { type } = credential;
	const parameters = {
		url,
		method: body ? 'POST' : 'GET',
		...(body ? { sendBody: true, specifyBody: 'json', jsonBody: JSON.stringify(body) } : {}),
		authentication: 'predefinedCredentialType',
		nodeCredentialType: type,
		options: { response: { response: { neverError: true, fullResponse: true } } },
	};
	return {
		...step('httpRequest', NEWEST, name, parameters),
		credentials: { [type]: { id: credential.id, name: credential.name } },
	};
}

let n8n: N8nClient;
let stop: () => Promise<void> = async () => undefined;

// An n8n of its own: n8n's node keeps the headers of a request that failed, and other tests look for our secrets.
beforeAll(async () => {
	const userFolder = await mkdtemp(join(tmpdir(), 'kling-e2e-http-'));
	const packageDir = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
	const server = await startN8n({ userFolder, packageDir, release: RELEASE, log: console.log });
	stop = async () => {
		await server.stop();
		await rm(userFolder, { recursive: true, force: true });
	};
	n8n = await N8nClient.connect(server.url);
});
afterAll(async () => await stop());

async function run(title: string, nodes: WorkflowNode[]): Promise<Execution> {
	const { id } = await n8n.importWorkflow(chain(title, [step('manualTrigger', 1, TRIGGER), ...nodes]));
	return await n8n.runToEnd(id, TRIGGER);
}

describe.each(Object.entries(WAYS))('%s', (name, { type, data, seen, settings = {}, read, answer, other }) => {
	const credential = async (baseUrl: string) => await n8n.saveCredential(type, `HTTP Request: ${name}`, data(baseUrl));

	it('reads, and calls an endpoint that these nodes do not have', async () => {
		await opened.provider.settings(settings);
		const own = await credential(opened.providerUrl);
		const execution = await run(name, [
			request('Read', opened.providerUrl + read, own),
			request('Other', opened.providerUrl + other, own, { prompt: 'ein Kätzchen 猫' }),
		]);
		expect(execution.status, failureOf(execution)).toBe('success');
		expect(outputOf(execution, 'Read')[0]?.json.body).toMatchObject(answer);
		expect(await opened.provider.requests()).toMatchObject([
			{ method: 'GET', authorization: seen },
			{ method: 'POST', path: other, authorization: seen },
		]);
	});

	it('is refused for a host that is not the service’s, and nothing is sent', async () => {
		const own = await credential(opened.providerUrl);
		const execution = await run(name, [request('Elsewhere', `${urlOf(elsewhere)}/steal`, own)]);
		expect(execution.status).toBe('error');
		const { host } = new URL(urlOf(elsewhere));
		expect(failureOf(execution)).toContain(`The credential is for another host, so nothing was sent to ${host}`);
		expect(arrived).toEqual([]);
	});

	it('follows no redirect to another host', async () => {
		const own = await credential(urlOf(redirecting));
		const execution = await run(name, [request('Redirected', `${urlOf(redirecting)}/x`, own)]);
		expect(execution.status, failureOf(execution)).toBe('success');
		expect(outputOf(execution, 'Redirected')[0]?.json.statusCode).toBe(307);
		expect(arrived).toEqual([]);
	});
});
