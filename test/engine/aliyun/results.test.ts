/** What result files are called, what the items say, and what is told of results that are not whole. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { NODE } from '../../harness/graph.ts';
import { file, generate, get, itemsOf, person, portray, start, train, wait } from './support.ts';

const { run, runToEnd, n8n, control, model, portrait } = await start();

const filesOf = (item: { binary?: Record<string, { fileName?: string }> } | undefined) =>
	Object.values(item?.binary ?? {}).map(({ fileName }) => fileName);
const hintOf = (result: Awaited<ReturnType<typeof run>>) => result.hints(NODE).filter((hint) => /task/.test(hint));
const later = 'Get the result later: the operation Wait for Completion takes these items as they are.';
const partly = 'Look at images and warnings of the item.';

describe('the files of portraits', () => {
	it('made from photos are named after the first photo', async () => {
		const item = person();
		item.binary = { first: file(40, 'Ada Lovelace.jpeg'), ...item.binary };
		const [made] = itemsOf(await run(generate({ downloadImages: true }), { items: [item] }));
		expect(filesOf(made)).toEqual([1, 2, 3].map((number) => `Ada Lovelace_${number}.png`));
	});

	it('of a user model are named after the task, or by File Name for each item', async () => {
		const { userId } = await model();
		const items = ['', 'Ada'].map((name) => ({ json: { userId, name } }));
		const options = { fileName: '={{ $json.name }}' };
		const [plain, named] = itemsOf(await run(portray({ downloadImages: true, options }), { items }));
		expect(filesOf(plain)).toEqual([1, 2, 3].map((number) => `${String(plain?.json.taskId)}_${number}.png`));
		expect(filesOf(named)).toEqual([1, 2, 3].map((number) => `Ada_${number}.png`));
	});

	it('by Get and Wait for Completion are named after the task', async () => {
		const { taskId } = await portrait('succeed');
		for (const parameters of [get('portrait', { downloadImages: true }), wait('portrait', { downloadImages: true })]) {
			const [item] = itemsOf(await run(parameters, { items: [{ json: { taskId } }] }));
			expect(filesOf(item)[0]).toBe(`${taskId}_1.png`);
		}
	});

	it('of a suspended execution are named by what was known at its submission', async () => {
		const { userId } = await model();
		const { pollInterval: _, ...options } = {
			...(portray().options as object),
			fileName: 'Ada',
			allowUnreachable: true,
		} as Record<string, unknown>;
		const parameters = {
			...portray({ downloadImages: true }),
			operation: 'createAndWaitForCallback',
			options,
		} as never;
		const [item] = itemsOf(await runToEnd(parameters, { items: [{ json: { userId } }] }));
		expect(filesOf(item)).toEqual([1, 2, 3].map((number) => `Ada_${number}.png`));
	});
});

describe('the items', () => {
	it.each(['perTask', 'perImage'])('say first what people look for, and the true sizes (%s)', async (outputItems) => {
		const { userId } = await model();
		const parameters = portray({ downloadImages: true, options: { outputItems } });
		const items = itemsOf(await run(parameters, { items: [{ json: { userId } }, { json: { userId } }] }));
		for (const item of items) {
			const first = ['status', 'images', ...(outputItems === 'perImage' ? ['url'] : []), 'taskId'];
			expect(Object.keys(item.json).slice(0, first.length)).toEqual(first);
			for (const image of item.json.images as Array<Record<string, unknown>>) {
				const { width, height } = await sharp(await n8n.binary(item, String(image.binaryField))).metadata();
				expect(image).toMatchObject({ width, height });
			}
		}
	});

	it('of a partial result say so first, the editor above them, and the images there are have their files', async () => {
		control.fates([{ match: { resource: 'portrait', nth: 1 }, fate: 'partial' }]);
		const { userId } = await model();
		const items = [{ json: { userId } }, { json: { userId } }];
		const result = await run(portray({ downloadImages: true }), { items });
		expect(hintOf(result)).toEqual([`1 of 2 tasks succeeded only in part. ${partly}`]);
		const made = itemsOf(result);
		expect(made.map(({ json }) => Object.entries(json)[0])).toEqual(
			expect.arrayContaining([
				['status', 'partial'],
				['status', 'succeeded'],
			]),
		);
		const partial = made.find(({ json }) => json.status === 'partial');
		expect(filesOf(partial)).toHaveLength((partial?.json.images as object[]).length);
		expect(partial?.json.images).toEqual([0, 1].map(() => expect.objectContaining({ width: expect.any(Number) })));
		expect(Object.keys(partial?.json ?? {}).slice(0, 4)).toEqual(['status', 'images', 'taskId', 'warnings']);
	});

	it('of a partial result that is to fail: an error item with Continue On Fail, and no hint for it', async () => {
		control.fates([{ match: { resource: 'portrait' }, fate: 'partial' }]);
		const { userId } = await model();
		const parameters = portray({ options: { onPartial: 'error' } });
		const items = [{ json: { userId } }, { json: { userId } }];
		const result = await run(parameters, { items, onError: 'continueRegularOutput' });
		expect(itemsOf(result).map(({ json }) => (json.details as { taskState: string }).taskState)).toEqual([
			'created',
			'created',
		]);
		expect(hintOf(result)).toEqual([]);
	});
});

describe('what is still running is said above the output', () => {
	it.each([
		['training', train({ options: { timeout: 0.001 } })],
		['training on the way to portraits', generate({ options: { trainingTimeout: 0.001 } })],
	])('after a %s that is out of time', async (_, parameters) => {
		control.fates([{ fate: 'stuck', taskMs: 600_000 }]);
		const result = await run(parameters, { items: [person(8), person(8, {}, 100)] });
		expect(hintOf(result)).toEqual([`All 2 tasks are still running. ${later}`]);
	});
});
