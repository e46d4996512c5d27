/** Get runs as a custom operation; agents that skip custom operations find the same operation declared. */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import type { INodeParameters, INodeType } from 'n8n-workflow';

import { startHarness, type Run, type RunOptions } from '../../harness/index.ts';
import { klingCredentials } from '../../harness/provider.ts';
import { startProxy, startTls } from './detours.ts';
import { errorOf, expand, itemsOf, KLING, photos, start } from './support.ts';

const { run, control, n8n, provider, credentials } = await start().then((all) => ({
	...all,
	credentials: all.provider.credentials,
}));
const declaredOnly = await startHarness();
delete (declaredOnly.package.nodes.get(KLING) as INodeType).customOperations;
const proxy = await startProxy();
const tls = await startTls(provider.url);
afterAll(async () => {
	await Promise.all([declaredOnly.stop(), proxy.stop(), tls.stop()]);
});

const path = '/v1/images/editing/expand';
const get = (change: INodeParameters = {}): INodeParameters => ({
	resource: 'imageExpansion',
	operation: 'get',
	...change,
});

let taskIds: string[];
beforeEach(async () => {
	control.fates([{ match: { promptIncludes: 'broken' }, fate: 'failed' }]);
	const made = await run(
		expand({
			prompt: '={{ $json.prompt }}',
			options: { onTaskFailed: 'returnItem', externalTaskId: '=own-{{ $itemIndex }}' },
		}),
		{
			items: photos({ prompt: 'a room' }, { prompt: 'broken' }),
		},
	);
	taskIds = itemsOf(made).map(({ json }) => String(json.taskId));
});

/** What a run gave and asked for, with what differs from run to run taken out. */
function seen({ status, items, errorItems, error }: Run) {
	const text = JSON.stringify({
		status,
		items,
		errorItems,
		message: error?.message,
		description: (error as { description?: string })?.description,
	});
	return JSON.parse(
		text.replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, 'REQUEST').replace(/filesystem-v2:[^"]+/g, 'FILE'),
	) as unknown;
}

describe('as declared and as a custom operation alike', () => {
	const inputs: Array<[string, INodeParameters, Partial<RunOptions>]> = [
		['two tasks, one of them failed', get(), {}],
		['by external task ID', get({ taskId: '=own-{{ $itemIndex }}' }), {}],
		['not simplified', get({ simplify: false }), {}],
		['with its images', get({ downloadImages: true }), {}],
		['an unknown task, Stop Workflow', get({ taskId: '={{ $itemIndex ? "nobody" : $json.taskId }}' }), {}],
		[
			'an unknown task, Continue',
			get({ taskId: '={{ $itemIndex ? "nobody" : $json.taskId }}' }),
			{ onError: 'continueRegularOutput' },
		],
		[
			'an empty ID, error output',
			get({ taskId: '={{ $itemIndex ? "" : $json.taskId }}' }),
			{ onError: 'continueErrorOutput' },
		],
		['Execute Once', get(), { executeOnce: true }],
	];

	it.each(inputs)('%s', async (_title, parameters, options) => {
		const same = {
			node: KLING,
			parameters,
			credentials,
			items: taskIds.map((taskId) => ({ json: { taskId } })),
			...options,
		};
		const before = control.requests().length;
		const custom = await n8n.run(same);
		const between = control.requests().length;
		const declared = await declaredOnly.run(same);
		expect(seen(custom)).toEqual(seen(declared));
		const asked = control
			.requests()
			.map(({ method, path: url, query, status }) => [method, url, query, status].join(' '));
		expect(asked.slice(before, between).sort()).toEqual(asked.slice(between).sort());
	});
});

describe("n8n's own Options", () => {
	const one = () => ({ items: [{ json: { taskId: taskIds[0] ?? '' } }] });

	it('Proxy, with Download Images', async () => {
		itemsOf(await run(get({ downloadImages: true, requestOptions: { proxy: proxy.url } }), one()));
		expect(proxy.passed.some((line) => line.startsWith('CONNECT') || line.startsWith(`GET ${path}/`))).toBe(true);
	});

	it.each(['no address', '127.0.0.1:3128', 'localhost:3128'])(
		'a Proxy that is no address (%s) is refused, and nothing is sent',
		async (address) => {
			const before = control.requests().length;
			expect(errorOf(await run(get({ requestOptions: { proxy: address } }), one())).message).toMatch(
				/Proxy is not a valid address/,
			);
			expect(control.requests()).toHaveLength(before);
		},
	);

	it.each([
		[true, 'success'],
		[false, 'error'],
	])('Ignore SSL Issues %s: %s', async (allowUnauthorizedCerts, status) => {
		const parameters = get({ requestOptions: { allowUnauthorizedCerts } });
		const ended = await n8n.atSpeed(
			20,
			async () => await run(parameters, { ...one(), credentials: klingCredentials(tls.url) }),
		);
		expect(ended.status).toBe(status);
	});

	it('Batching pauses between the batches', async () => {
		const before = control.requests().length;
		const batching = { batch: { batchSize: 1, batchInterval: 1_000 } };
		itemsOf(
			await run(get({ requestOptions: { batching } }), { items: taskIds.map((taskId) => ({ json: { taskId } })) }),
		);
		const [first, second] = control
			.requests()
			.slice(before)
			.map(({ at }) => at) as [number, number];
		expect(second - first).toBeGreaterThanOrEqual(400);
	});

	it('Timeout', async () => {
		control.faults([{ on: 'get', kind: 'delay', ms: 2_000, count: 1 }]);
		const began = Date.now();
		itemsOf(await run(get({ requestOptions: { timeout: 200 } }), one()));
		expect(Date.now() - began).toBeLessThan(1_900);
	});
});
