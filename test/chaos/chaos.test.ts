/**
 * Thousands of paid creates through real workflow executions over HTTP, with a fifth of all requests spoilt in every
 * way the simulator knows. 2,000 of them in CI, 10,000 with `npm run chaos`; CHAOS_ITEMS and CHAOS_SEED set another size and seed.
 */
import pLimit from 'p-limit';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';

import { startHarness } from '../harness/index.ts';
import { useProvider } from '../harness/provider.ts';
import { everyFault } from './faults.ts';

const ITEMS = Number(process.env.CHAOS_ITEMS ?? (process.env.npm_lifecycle_event === 'chaos' ? 10_000 : 2_000));
const SEED = Number(process.env.CHAOS_SEED ?? 20_261_121);
const ITEMS_PER_EXECUTION = 50;
const EXECUTIONS_AT_ONCE = 20;
/** Every so many tasks one vanishes after it was accepted. */
const VANISHES_EVERY = 200;

const RESOURCES = [
	{ resource: 'imageExpansion', expansionMode: 'ratios', upExpansionRatio: 0.2 },
	{ resource: 'multiImageToImage', aspectRatio: '1:1' },
	{ resource: 'aiMultiShot' },
];

interface Result {
	/** Start of the item's external ID: nothing else in the account starts like this. */
	prefix: string;
	status?: string;
	/** How many files it carries. */
	images: number;
	error?: string;
	details?: { taskState?: string; taskId?: string; externalTaskId?: string };
}

const provider = await useProvider({ taskMs: [200, 1_500], slots: 400, seed: SEED, resultFormat: 'jpeg' });
const n8n = await startHarness();
afterAll(async () => await n8n.stop());

const results: Result[] = [];

beforeAll(async () => {
	const photo = await sharp({ create: { width: 300, height: 300, channels: 3, background: '#7a5' } })
		.jpeg()
		.toBuffer();
	provider.control.faults(everyFault());
	provider.control.fates([{ fate: 'vanishes', match: { externalTaskIdIncludes: 'vanish-' } }]);
	const lanes = pLimit(EXECUTIONS_AT_ONCE);
	const executions = Array.from({ length: Math.ceil(ITEMS / ITEMS_PER_EXECUTION) }, (_, execution) =>
		lanes(async () => {
			const items = Array.from({ length: ITEMS_PER_EXECUTION }, (_, item) => {
				const number = execution * ITEMS_PER_EXECUTION + item;
				return {
					json: { prefix: `c${number}${number % VANISHES_EVERY === 7 ? 'vanish' : ''}-` },
					binary: { data: { buffer: photo, fileName: 'photo.jpg', mimeType: 'image/jpeg' } },
				};
			});
			const run = await n8n.run({
				node: 'n8n-nodes-kling-aliyun.kling',
				parameters: {
					operation: 'create',
					...RESOURCES[execution % RESOURCES.length],
					options: { externalTaskIdPrefix: '={{ $json.prefix }}', timeout: 1 },
				},
				items,
				credentials: provider.credentials,
				onError: 'continueRegularOutput',
				executionId: String(10_000 + execution),
				resumeToken: `token-${execution}`,
			});
			if (run.error) throw new Error(`Execution ${execution} ended: ${JSON.stringify(run.error)}`);
			for (const [index, { json, binary, pairedItem }] of run.items.entries()) {
				expect(pairedItem).toEqual({ item: index });
				results.push({
					prefix: items[index]?.json.prefix ?? '',
					status: json.status as string | undefined,
					images: Object.keys(binary ?? {}).length,
					error: json.error as string | undefined,
					details: json.details as Result['details'],
				});
			}
		}),
	);
	await Promise.all(executions);
	const mayExist = results.filter(({ details }) => details?.taskState === 'may-exist').length;
	const spoilt = provider.control.requests().filter(({ fault }) => fault).length;
	const withImages = results.filter(({ images }) => images > 0).length;
	console.log(
		`chaos: ${results.length} items, ${provider.control.ledger().length} tasks, ${provider.control.requests().length} requests ` +
			`of which ${spoilt} spoilt, ${withImages} items with images, ${mayExist} may-exist (seed ${SEED})`,
	);
}, 1_800_000);

/** Tasks of the ledger by the item they belong to. */
function tasksByItem() {
	const byItem = new Map<string, ReturnType<typeof provider.control.ledger>>();
	for (const entry of provider.control.ledger()) {
		const prefix = `${entry.externalTaskId?.split('-')[0]}-`;
		byItem.set(prefix, [...(byItem.get(prefix) ?? []), entry]);
	}
	return byItem;
}

test('every item ends in one output item', () => {
	expect(results).toHaveLength(Math.ceil(ITEMS / ITEMS_PER_EXECUTION) * ITEMS_PER_EXECUTION);
});

test('nothing is bought twice: the ledger never holds two tasks of one item', () => {
	const twice = [...tasksByItem()].filter(([, tasks]) => tasks.length > 1);
	expect(twice).toEqual([]);
	expect(tasksByItem().size).toBeGreaterThan(results.length * 0.95);
});

test('no task belongs to nobody: each one in the ledger is named by the item that bought it', () => {
	const byItem = tasksByItem();
	const unnamed = results.filter(
		({ prefix, status, details }) =>
			byItem.has(prefix) && status === undefined && !details?.externalTaskId?.startsWith(prefix),
	);
	expect(unnamed).toEqual([]);
});

test('at least 99 % of the items whose task exists and can be read have its images', () => {
	const byItem = tasksByItem();
	const existing = results.filter(({ prefix }) => byItem.has(prefix) && !prefix.includes('vanish'));
	const finished = existing.filter(({ status, images }) => status === 'succeeded' && images > 0);
	const missing = existing.filter((result) => !finished.includes(result));
	console.log('without an image:', missing.slice(0, 10));
	expect(finished.length / existing.length).toBeGreaterThanOrEqual(0.99);
});

test('an item without a task in the ledger says so, and never claims one', () => {
	const byItem = tasksByItem();
	const without = results.filter(({ prefix }) => !byItem.has(prefix));
	expect(
		without.filter(({ details }) => details?.taskState !== 'not-created' && details?.taskState !== 'may-exist'),
	).toEqual([]);
});

test('a task that vanishes ends in an error that names it, not in silence', () => {
	const vanished = results.filter(({ prefix }) => prefix.includes('vanish'));
	expect(vanished.length).toBeGreaterThan(0);
	expect(vanished.filter(({ error, details }) => error === undefined || details?.externalTaskId === undefined)).toEqual(
		[],
	);
});

test('may-exist only where the look-up itself failed to the end', () => {
	const requests = provider.control.requests();
	for (const { details } of results.filter((result) => result.details?.taskState === 'may-exist')) {
		const id = String(details?.externalTaskId);
		const lookUps = requests.filter(({ method, path }) => method === 'GET' && path.endsWith(`/${id}`));
		expect(lookUps.length).toBeGreaterThanOrEqual(4);
		expect(lookUps.slice(-4).filter(({ code, fault }) => code === 0 && !fault)).toEqual([]);
	}
});
