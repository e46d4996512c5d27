/** The harness proves itself on a package of its own before other tests rely on it. */
import { existsSync } from 'node:fs';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';

import { writeFixturePackage } from '../harness/fixture/package.ts';
import { startFixtureServer, type FixtureServer } from '../harness/fixture/server.ts';
import { HELPER, isN8n1, startHarness, type RunOptions } from '../harness/index.ts';
import { n8nHome } from '../harness/runtime.ts';
import { expectNothingSent } from './support.ts';

const fixture = writeFixturePackage();
const n8n = await startHarness({ package: fixture.folder });
let server: FixtureServer;

beforeEach(async () => {
	server = await startFixtureServer();
});
afterEach(async () => {
	await server.stop();
});
afterAll(async () => {
	await n8n.stop();
	fixture.remove();
	expect(existsSync(n8nHome)).toBe(false);
});

const TYPE = 'n8n-nodes-fixture.fixture';
const credentials = () => ({
	fixtureApi: { key: 'secret', baseUrl: server.url },
	fixtureTokenApi: { key: 'secret', baseUrl: server.url },
});
const BAD_REQUEST = expect.stringContaining('Bad request') as string;
const texts = (...list: string[]) => list.map((text) => ({ json: { text } }));
const run = async (options: Partial<RunOptions> = {}) =>
	await n8n.run({
		node: TYPE,
		parameters: { text: '={{ $json.text }}' },
		credentials: credentials(),
		...options,
	});

describe('a run', () => {
	it('sends all items at once and links each output to its input', async () => {
		const begun = performance.now();
		const { status, items, elapsedMs } = await run({ items: texts('a', 'b', 'c') });
		const measuredMs = performance.now() - begun;

		expect(status).toBe('success');
		expect(items.map(({ json }) => json.text)).toEqual(['a', 'b', 'c']);
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
		expect(server.peak).toBe(3);
		expect(elapsedMs).toBeGreaterThan(0);
		expect(elapsedMs).toBeLessThanOrEqual(measuredMs);
	});

	it('stops at an error and keeps its facts', async () => {
		const { status, error, items } = await run({ items: texts('a', 'fail') });

		expect(status).toBe('error');
		expect(error).toMatchObject({ name: 'NodeApiError', httpCode: '400', description: 'refused: fail' });
		expect(items).toEqual([]);
	});

	it('continues on the regular output', async () => {
		const { status, items } = await run({ items: texts('fail', 'b'), onError: 'continueRegularOutput' });

		expect(status).toBe('success');
		expect(items.map(({ json }) => json.error ?? json.text)).toEqual([BAD_REQUEST, 'b']);
	});

	it('parts good and bad items with an error output', async () => {
		const { items, errorItems, output } = await run({
			items: texts('a', 'fail', 'c'),
			onError: 'continueErrorOutput',
		});

		expect(items.map(({ json }) => json.text)).toEqual(['a', 'c']);
		expect(errorItems.map(({ json }) => json.error)).toEqual([BAD_REQUEST]);
		expect([output('Output').length, output('Errors').length]).toEqual([2, 1]);
	});

	it('tries again on failure, every item', async () => {
		const { status, items } = await run({ items: texts('a', 'flaky'), retryOnFail: true, maxTries: 2 });

		expect(status).toBe('success');
		expect(items).toHaveLength(2);
		expect(server.creates.map(({ text }) => text).sort()).toEqual(['a', 'a', 'flaky', 'flaky']);
	});

	it('takes only the first item with executeOnce', async () => {
		expect((await run({ items: texts('a', 'b'), executeOnce: true })).items).toHaveLength(1);
	});

	it('collects what the node logs, apart from other runs', async () => {
		const [one, two] = await Promise.all([run({ items: texts('one') }), run({ items: texts('two') })]);

		expect(one.log).toEqual([{ level: 'warn', message: 'exchange one', meta: { item: 0 } }]);
		expect(two.log).toMatchObject([{ message: 'exchange two' }]);
	});

	it('says so when credentials or node types are missing', async () => {
		const bare = await run({ items: texts('a'), credentials: {} });
		expect(bare.error?.message).toBe('Node does not have any credentials set for "fixtureApi"');
		await expect(run({ node: 'n8n-nodes-fixture.nothing' })).rejects.toThrow('No node type');
	});

	it('knows a node under the name that it has as a tool', async () => {
		expect((await run({ node: `${TYPE}Tool`, items: texts('a') })).items).toHaveLength(1);
	});
});

describe('stop', () => {
	it('ends an endless exchange at once', async () => {
		const button = new AbortController();
		const running = run({ items: texts('endless', 'endless too'), signal: button.signal });
		await expect.poll(() => server.polls).toBeGreaterThan(2);
		// They come every 5 ms.
		await expect(expectNothingSent(500)).rejects.toThrow('/jobs/');
		button.abort();
		const stopped = await running;

		expect(stopped.status).toBe('canceled');
		expect(stopped.stoppedAfterMs).toBeLessThan(1000);
		expect(stopped.items).toEqual([]);
		await expectNothingSent(50);
	});

	it('cuts off a request under way', async () => {
		const button = new AbortController();
		const running = run({ items: texts('hang'), signal: button.signal });
		await expect.poll(() => server.creates.length).toBe(1);
		button.abort();

		expect(await running).toMatchObject({ status: 'canceled' });
		await expect.poll(() => server.aborted).toBe(1);
	});

	it('does nothing to a run that has ended', async () => {
		expect((await run({ items: texts('a'), cancelAfterMs: 5000 })).stoppedAfterMs).toBeUndefined();
	});
});

describe.each(['filesystem', 'default'] as const)('binary data in mode %s', (binaryMode) => {
	it('goes in, comes out, and feeds the next node', async () => {
		const other = await startHarness({ package: fixture.folder, binaryMode });
		const picture = { buffer: Buffer.from('picture'), fileName: 'in.png', mimeType: 'image/png' };
		const { items, binary } = await other.run({
			node: TYPE,
			parameters: { text: 'a', picture: 'data' },
			items: [{ binary: { data: picture } }],
			credentials: credentials(),
		});

		expect(items[0]?.binary?.image).toMatchObject({ fileName: 'result.png', mimeType: 'image/png' });
		expect(items[0]?.binary?.image?.id !== undefined).toBe(binaryMode === 'filesystem');
		expect(String(await binary(items[0], 'image'))).toBe('erutcip');

		const chain = await other.runWorkflow(
			{
				nodes: [
					{ name: 'Start', type: HELPER.start },
					{ name: 'Items', type: HELPER.items, items: [{ json: { title: 'kept' }, binary: { data: picture } }] },
					{ name: 'First', type: TYPE, parameters: { text: 'one', picture: 'data' } },
					{
						name: 'Second',
						type: TYPE,
						parameters: { text: "={{ $('Items').item.json.title }} {{ $json.text }}", picture: 'image' },
					},
				],
				connections: [
					['Start', 'Items'],
					['Items', 'First'],
					['First', 'Second'],
				],
			},
			{ credentials: credentials() },
		);
		const [last] = chain.output('Second');
		expect(last?.json.text).toBe('kept one');
		expect(String(await other.binary(last, 'image'))).toBe('picture');
	});
});

describe('an execution', () => {
	it('has an ID and a resume URL, in n8n 2.x with its signature', async () => {
		const known = { executionId: '77', resumeToken: 'abc', instanceUrl: 'http://n8n.test' };
		const { items } = await run({ items: texts('a'), ...known });

		expect(items[0]?.json).toMatchObject({
			executionId: '77',
			resumeUrl: `http://n8n.test/webhook-waiting/77${isN8n1 ? '' : '?signature=abc'}`,
		});
	});

	it('has a signature of its own unless two runs are told to share one, or that there is none', async () => {
		const signature = async (options: Partial<RunOptions> = {}) => {
			const { items } = await run({ items: texts('a'), ...options });
			return new URL(String(items[0]?.json.resumeUrl)).searchParams.get('signature');
		};

		expect(await signature({ signedResumeUrl: false })).toBeNull();
		if (isN8n1) return expect(await signature({ resumeToken: 'same' })).toBeNull();
		expect(await signature()).toMatch(/^[0-9a-f]{64}$/);
		expect(await signature()).not.toBe(await signature());
		expect(await signature({ resumeToken: 'same' })).toBe(await signature({ resumeToken: 'same' }));
	});

	it('can be without an ID', async () => {
		expect((await run({ items: texts('a'), executionId: null })).items[0]?.json.executionId).toBeNull();
	});

	it('can be tried again from the list, with a changed parameter', async () => {
		const failed = await run({ items: texts('fail'), resumeToken: 'kept' });
		const again = await n8n.retry(failed, { parameters: { text: '={{ $json.text.slice(1) }}' } });

		expect(again.status).toBe('success');
		expect(again.executionId).not.toBe(failed.executionId);
		expect(again.items[0]?.json.text).toBe('ail');
		expect(again.items[0]?.json.resumeUrl).toMatch(isN8n1 ? /\/\d+$/ : /signature=kept$/);
	});

	it('finds the package without memory after a restart', async () => {
		const counted = async (harness: typeof n8n) =>
			(await harness.run({ node: TYPE, parameters: { text: 'a' }, credentials: credentials() })).items[0]?.json;

		expect((await counted(n8n))?.exchanges).toBeGreaterThan(1);
		expect((await counted(await startHarness({ package: fixture.folder })))?.exchanges).toBe(1);
	});
});

describe('credentials', () => {
	const test = async (type: string, key: string) => await n8n.testCredential(type, { key, baseUrl: server.url });

	it('are tested by their rules; n8n 1.x sees no status in a failed request', async () => {
		expect(await test('fixtureApi', 'secret')).toEqual({ status: 'OK', message: 'Connection successful!' });
		const noKey = isN8n1 ? 'Authorization failed - please check your credentials' : 'Enter a key';
		expect(await test('fixtureApi', '')).toEqual({ status: 'Error', message: noKey });
		expect(await test('fixtureApi', 'old')).toEqual({ status: 'Error', message: 'This key is too old' });
		await server.stop();
		const unreachable = isN8n1 ? expect.stringContaining('refused the connection') : 'ECONNREFUSED';
		expect(await test('fixtureApi', 'secret')).toEqual({ status: 'Error', message: unreachable });
	});

	it('fetch a token first and sign by expressions', async () => {
		expect(await test('fixtureTokenApi', 'secret')).toEqual({ status: 'Error', message: 'token arrived' });
		const { status } = await run({ parameters: { authentication: 'token', text: 'a' } });
		expect(status).toBe('success');
	});

	it('get defaults, fields that n8n adds, and expressions', async () => {
		const { CredentialsHelper } = await import('../harness/credentials.ts');
		const { additionalData } = await import('../harness/additional-data.ts');
		const helper = new CredentialsHelper(n8n.package.credentials, { fixtureApi: { key: '={{ 6 * 7 }}' } });
		const base = additionalData({ credentialsHelper: helper });

		expect(await helper.getDecrypted(base, { id: '1', name: 'x' }, 'fixtureApi', 'manual')).toEqual({
			key: 42,
			prefix: 'default-',
			baseUrl: '',
			allowedHttpRequestDomains: 'all',
		});
		expect(helper.isCredentialUsableByNode('fixtureApi', TYPE)).toBe(true);
		expect(helper.isCredentialUsableByNode('fixtureApi', 'n8n-nodes-base.httpRequest')).toBe(false);
	});
});
