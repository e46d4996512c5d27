/** Trouble on the way: reads are repeated; a create is sent again only where it was refused for now. */
import { describe, expect, it } from 'vitest';

import type { FaultRule } from '../../../sandbox/provider/index.ts';
import type { Run } from '../../harness/index.ts';
import { klingCredentials } from '../../harness/provider.ts';
import { accessKey, count, create, errorOf, expand, factsOf, itemsOf, photos, secretKey, start } from './support.ts';

const { run, control, creates, created, provider, unknown, n8n } = await start();
const quick = { downloadImages: false };

describe('a failed read is not a failed task', () => {
	const trouble: Array<[string, Partial<FaultRule>]> = [
		['a dropped connection', { kind: 'dropBefore' }],
		['a connection dropped after the work', { kind: 'dropAfter' }],
		['an HTML page', { kind: 'html502' }],
		['broken JSON', { kind: 'brokenJson' }],
		['half an answer', { kind: 'truncatedJson' }],
		['HTTP 500', { kind: 'status', status: 500 }],
		['HTTP 503', { kind: 'status', status: 503 }],
		['too many requests', { kind: 'tooMany', retryAfter: 1 }],
	];

	const succeeded = (result: Run) =>
		expect(itemsOf(result).map(({ json }) => json.status)).toEqual(result.items.map(() => 'succeeded'));
	const struck = (resource: string) =>
		control
			.requests()
			.filter((request) => request.resource === resource && request.method === 'GET' && request.fault)
			.map(({ fault }) => fault);
	const kinds = trouble.map(([, { kind }]) => kind).sort();

	it('whatever goes wrong with single reads', async () => {
		// Few enough to be read one by one, and enough for each trouble to strike somebody.
		control.faults(trouble.map(([, rule]) => ({ on: 'get', count: 1, ...rule }) as FaultRule));
		const three = async (resource: string) => await run(create(resource, quick), { items: photos(...count(3)) });
		const runs = await n8n.atSpeed(
			5,
			async () => await Promise.all(['imageExpansion', 'multiImageToImage', 'aiMultiShot'].map(three)),
		);
		for (const result of runs) succeeded(result);
		expect(['expand', 'multi-image2image', 'ai-multi-shot'].flatMap(struck).sort()).toEqual(kinds);
		expect(creates()).toHaveLength(9);
	});

	// An account of its own for each: a list that failed is left alone for 30 s.
	it.each(trouble)('%s in place of the list of many: single reads go on', async (_, rule) => {
		control.faults([{ on: 'list', count: 1, ...rule } as FaultRule]);
		control.fates([{ fate: 'stuck' }]);
		const running = run(expand(quick), { items: photos(...count(5)), credentials: unknown() });
		await expect.poll(() => [struck('expand'), created(5)]).toEqual([[rule.kind], true]);
		await Promise.all(control.ledger().map(async ({ taskId }) => await control.finish(taskId)));
		succeeded(await running);
		const reads = (on: string) => control.requests().filter((request) => request.on === on);
		expect(reads('list')).toHaveLength(1);
		expect(new Set(reads('get').map(({ path }) => path)).size).toBe(5);
		expect(creates()).toHaveLength(5);
	});

	it('Retry-After is waited for', async () => {
		control.faults([{ on: 'get', kind: 'tooMany', retryAfter: 2, count: 1 }]);
		itemsOf(await run(expand(quick)));
		const [first, second] = control.requests().filter(({ method }) => method === 'GET');
		expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(1_990);
	});

	it('the operations Get and Get Many are repeated too', async () => {
		const [task] = itemsOf(await run(expand({ waitForCompletion: false })));
		control.faults([
			{ on: 'get', kind: 'dropBefore', count: 1 },
			{ on: 'list', kind: 'html502', count: 1 },
		]);
		const [got, listed] = await Promise.all([
			run({ resource: 'imageExpansion', operation: 'get' }, { items: [{ json: task?.json }] }),
			run({ resource: 'imageExpansion', operation: 'getAll' }, { items: [{}] }),
		]);
		expect([...itemsOf(got), ...itemsOf(listed)].map(({ json }) => json.taskId)).toEqual([
			task?.json.taskId,
			task?.json.taskId,
		]);
	});
});

describe('a create that was surely refused is sent again', () => {
	it('1302 and 1303 not before Retry-After is over', async () => {
		for (const code of [1302, 1303]) {
			control.reset();
			control.faults([{ on: 'create', kind: 'tooMany', code, retryAfter: 2, count: 1 }]);
			expect(itemsOf(await run(expand(quick), { credentials: unknown() }))[0]?.json.status).toBe('succeeded');
			const [first, second] = creates().map(({ at }) => at);
			expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(1_990);
			expect([control.ledger().length, creates().length]).toEqual([1, 2]);
		}
	});

	it.each([
		[1302, { kind: 'tooMany' }],
		[1303, { kind: 'code', code: 1303 }],
	] as const)('%i without Retry-After after a pause of our own', async (_, rule) => {
		control.faults([{ on: 'create', count: 1, ...rule }]);
		expect(itemsOf(await run(expand(quick), { credentials: unknown() }))[0]?.json.status).toBe('succeeded');
		const [first, second] = creates().map(({ at }) => at);
		expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(490);
		expect([control.ledger().length, creates().length]).toEqual([1, 2]);
	});

	const signed = { credentials: klingCredentials(provider.url, { authentication: 'accessKey', accessKey, secretKey }) };

	it.each([1000, 1002, 1003, 1004])('%i once, signed anew', async (code) => {
		control.faults([{ on: 'create', kind: 'code', code, count: 1 }]);
		expect(itemsOf(await run(expand(quick), signed))[0]?.json.status).toBe('succeeded');
		expect(creates().map(({ code: answer, authorization }) => [answer, authorization])).toEqual([
			[code, 'jwt'],
			[0, 'jwt'],
		]);
		control.faults([{ on: 'create', kind: 'code', code }]);
		expect(factsOf(errorOf(await run(expand({ ...quick, prompt: 'again' }), signed)))).toMatchObject({
			code,
			taskState: 'not-created',
		});
		expect(creates()).toHaveLength(4);
	});

	it('nobody at that address: four times, then it says that nothing was created', async () => {
		const error = errorOf(
			await n8n.atSpeed(
				20,
				async () => await run(expand(quick), { credentials: klingCredentials('http://127.0.0.1:1') }),
			),
		);
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: true });
		expect(control.requests()).toEqual([]);
	});
});

it.each([1100, 1101, 1102, 1103, 1304])('%i fails at once, whatever HTTP 429 seems to say', async (code) => {
	control.faults([{ on: 'create', kind: 'code', code }]);
	const result = await run(expand(quick), { items: photos(...count(2)), onError: 'continueRegularOutput' });
	expect(result.items.map(({ json }) => json.details)).toEqual(
		Array(2).fill(expect.objectContaining({ code, taskState: 'not-created', retryable: false })),
	);
	expect(control.requests()).toHaveLength(2);
});
