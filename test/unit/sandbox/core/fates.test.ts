import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { startProvider, type Provider } from '../../../../sandbox/provider';
import { apiKey, bodyOf, expand, finished, get, multiImage, multiShot, post } from '../support/kling';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ taskMs: [0, 0] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

const created = async (path: string, change: Record<string, unknown> = {}): Promise<string> =>
	(await post(provider, path, { ...(await bodyOf(path)), ...change })).json.data.task_id;
const read = async (path: string, id: string) => (await get(provider, `${path}/${id}`)).json;

test('failed: with a message, nothing is charged', async () => {
	provider.control.fates([{ fate: 'failed', message: 'Not today' }]);
	const { data } = await read(multiImage, await created(multiImage));
	expect(data).toMatchObject({ task_status: 'failed', task_status_msg: 'Not today', task_result: {} });
	expect(provider.control.ledger()[0]!.chargedUnits).toBe(0);
});

test('failed: by default the risk control did it', async () => {
	provider.control.fates([{ fate: 'failed' }]);
	const { data } = await read(expand, await created(expand));
	expect(data.task_status_msg).toBe('Failure to pass the risk control system');
});

test('stuck: stays processing and keeps its slot', async () => {
	provider.control.fates([{ fate: 'stuck', taskMs: 0 }]);
	provider.control.settings({ slots: 1 });
	const id = await created(multiShot);
	provider.control.settings({ clockOffsetMs: 1e9 });
	expect((await read(multiShot, id)).data.task_status).toBe('processing');
	expect((await post(provider, multiShot, await bodyOf(multiShot))).json.code).toBe(1303);
	expect(provider.control.ledger()[0]!.endsAt).toBeNull();
});

test('vanishes: no read shows it, yet it was charged and its external ID is gone', async () => {
	provider.control.fates([{ fate: 'vanishes', count: 1 }]);
	const id = await created(multiImage, { external_task_id: 'lost' });
	expect((await read(multiImage, id)).code).toBe(1201);
	expect((await read(multiImage, 'lost')).code).toBe(1201);
	expect((await get(provider, multiImage)).json.data).toEqual([]);
	expect(provider.control.ledger()).toMatchObject([{ taskId: id, status: 'succeed', chargedUnits: 16 }]);
	const again = await post(provider, multiImage, { ...(await bodyOf(multiImage)), external_task_id: 'lost' });
	expect(again.json.message).toContain('already exists');
});

test('unknownStatus: an undocumented status until the end', async () => {
	provider.control.fates([{ fate: 'unknownStatus', taskMs: 60_000 }]);
	const id = await created(multiImage);
	expect((await read(multiImage, id)).data.task_status).toBe('reviewing');
	await provider.control.finish(id);
	expect((await read(multiImage, id)).data.task_status).toBe('succeed');
});

test('rules match by resource, prompt, external ID and number, and wear out', async () => {
	provider.control.fates([
		{
			match: { resource: 'expand', promptIncludes: 'storm', externalTaskIdIncludes: 'ab' },
			fate: 'failed',
			message: 'all',
		},
		{ match: { resource: 'multi-image2image', nth: 2 }, fate: 'failed', message: 'second' },
		{ match: { resource: 'ai-multi-shot' }, fate: 'failed', message: 'once', count: 1 },
	]);
	const message = async (path: string, change = {}) =>
		(await read(path, await created(path, change))).data.task_status_msg;
	expect(await message(expand, { prompt: 'a storm', external_task_id: 'cab' })).toBe('all');
	expect(await message(expand, { prompt: 'a calm', external_task_id: 'abc' })).toBe('');
	expect(await message(expand, { prompt: 'a storm', external_task_id: 'ba' })).toBe('');
	expect([await message(multiImage), await message(multiImage), await message(multiImage)]).toEqual(['', 'second', '']);
	expect([await message(multiShot), await message(multiShot)]).toEqual(['once', '']);
});

test('a rule with a misspelt name is refused', () => {
	expect(() => provider.control.fates([{ fates: 'failed' } as never])).toThrow('fates');
	expect(() => provider.control.fates([{ match: { prompt: 'x' } } as never])).toThrow('prompt');
	expect(() => provider.control.fates([{ fate: 'fail' } as never])).toThrow('fail');
});

test('shape url gives the single read of ai-multi-shot three entries, its list keeps url_1 to url_3', async () => {
	provider.control.fates([{ shape: 'url' }]);
	const { json } = await finished(provider, multiShot);
	expect(json.data.task_result.images).toEqual(
		[0, 1, 2].map((index) => ({ index, url: expect.stringContaining(`view-${index + 1}.png`) })),
	);
	const [listed] = (await get(provider, multiShot)).json.data;
	expect(Object.keys(listed.task_result.images[0])).toEqual(['index', 'url_1', 'url_2', 'url_3']);
});

test('index false leaves out the index, as relays do', async () => {
	provider.control.fates([{ index: false }]);
	const { json } = await finished(provider, multiImage, { n: 2 });
	expect(json.data.task_result.images).toEqual([0, 1].map(() => ({ id: '', url: expect.any(String) })));
});

test('sendNumbersAsIds writes task_id as a bare number in create, read and list', async () => {
	provider.control.fates([{ sendNumbersAsIds: true }]);
	await created(multiImage);
	const { taskId } = provider.control.ledger()[0]!;
	for (const path of [multiImage, `${multiImage}/${taskId}`]) {
		const response = await fetch(provider.url + path, { headers: { authorization: `Bearer ${apiKey}` } });
		expect(await response.text()).toContain(`"task_id":${taskId},`);
	}
});
