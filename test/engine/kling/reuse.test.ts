/** Reuse Earlier Results: running a step again while a workflow is built must not cost again. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import type { RunOptions } from '../../harness/index.ts';
import { errorOf, expand, file, itemsOf, KLING, multiShot, photo, photos, start } from './support.ts';

const { run, control, creates, n8n, provider } = await start();

type Change = INodeParameters & { options?: INodeParameters };

/** Parameters with the option; images are not downloaded unless a test wants them. */
const reusing = (change: Change = {}, reuseResults = 'manualRuns') =>
	expand({ downloadImages: false, ...change, options: { reuseResults, ...change.options } });

/** A click on Execute Step: an execution of its own. The node stays the same one. */
const click = async (parameters: INodeParameters, options: Partial<RunOptions> = {}) =>
	await run(parameters, { mode: 'manual', nodeId: 'step', ...options });

const idsOf = (result: Awaited<ReturnType<typeof run>>) => itemsOf(result).map(({ json }) => json.taskId);
const bought = () => control.ledger().map(({ taskId }) => taskId);

/** Another picture of a size that the service takes. */
const other = file(await sharp(photo('dogs')).resize(400, 400).jpeg().toBuffer());

describe('the same request in several executions', () => {
	it('ten manual runs of one step buy one task, and each of them has the images', async () => {
		for (let time = 0; time < 10; time += 1) {
			const result = await click(reusing({ downloadImages: true, n: 2 }));
			const [item] = itemsOf(result);
			expect(item?.json).toMatchObject({ status: 'succeeded', taskId: bought()[0] });
			for (const field of ['image', 'image_1'])
				expect((await result.binary(item, field)).length).toBeGreaterThan(1_000);
		}
		expect(bought()).toHaveLength(1);
		expect(creates()).toHaveLength(1);
	});

	it('without the option each run buys its own', async () => {
		await click(expand({ downloadImages: false }));
		await click(expand({ downloadImages: false }));
		expect(bought()).toHaveLength(2);
	});

	it.each([
		['manualRuns', 'trigger', 2],
		['manualRuns', 'manual', 1],
		['always', 'trigger', 1],
		['always', 'manual', 1],
		['never', 'manual', 2],
	] as const)('%s in executions of the kind %s: two runs buy %i', async (reuseResults, mode, tasks) => {
		for (let time = 0; time < 2; time += 1) itemsOf(await click(reusing({}, reuseResults), { mode }));
		expect(bought()).toHaveLength(tasks);
	});

	it('two items with the same request buy two, and none the next time', async () => {
		const first = idsOf(await click(reusing(), { items: photos({}, {}) }));
		const second = idsOf(await click(reusing(), { items: photos({}, {}) }));
		expect(new Set(first).size).toBe(2);
		expect(second).toEqual(first);
		expect(bought()).toHaveLength(2);
	});

	it('says that nothing was bought', async () => {
		const [first] = itemsOf(await click(reusing()));
		const [second] = itemsOf(await click(reusing()));
		expect(first?.json.warnings).toBeUndefined();
		expect(second?.json.warnings).toEqual(['This is the result of an earlier run; nothing was bought.']);
		expect(second?.json.unitsDeducted).toBe(first?.json.unitsDeducted);
	});

	it('a task that still runs is taken, and waited for', async () => {
		control.fates([{ fate: 'stuck' }]);
		const [submitted] = itemsOf(await click(reusing({ waitForCompletion: false })));
		expect(submitted?.json.status).toBe('submitted');
		const running = click(reusing());
		await control.finish(String(submitted?.json.taskId));
		expect(itemsOf(await running)[0]?.json).toMatchObject({ status: 'succeeded', taskId: submitted?.json.taskId });
		expect(bought()).toHaveLength(1);
	});

	it('a failed task is bought anew, and the good one is taken from then on', async () => {
		control.fates([{ fate: 'failed', count: 1 }]);
		expect(errorOf(await click(reusing())).message).toContain('could not make the image');
		const [good] = idsOf(await click(reusing()));
		expect(idsOf(await click(reusing()))).toEqual([good]);
		expect(bought()).toHaveLength(2);
		expect(good).toBe(bought()[1]);
	});

	it('after five failed tasks each execution buys under an ID of its own', async () => {
		control.fates([{ fate: 'failed', count: 6 }]);
		for (let time = 0; time < 6; time += 1) errorOf(await click(reusing()));
		const [good] = idsOf(await click(reusing()));
		expect(good).toBe(bought()[6]);
		expect(new Set(control.ledger().map(({ externalTaskId }) => externalTaskId)).size).toBe(7);
	});

	it('a retry of a manual execution finds what the execution has bought', async () => {
		control.fates([{ fate: 'failed', match: { nth: 2 }, count: 1 }]);
		const failed = await click(reusing(), { items: photos({}, {}) });
		errorOf(failed);
		const again = await n8n.retry(failed);
		expect(itemsOf(again).map(({ json }) => json.status)).toEqual(['succeeded', 'succeeded']);
		expect(bought()).toHaveLength(3);
	});

	it('AI Multi-Shot, whose tasks are found by their list alone', async () => {
		const parameters = multiShot({ downloadImages: false, options: { reuseResults: 'manualRuns' } });
		const first = idsOf(await click(parameters));
		expect(idsOf(await click(parameters))).toEqual(first);
		expect(bought()).toEqual(first);
	});

	it('with Continue On Fail, one item failing', async () => {
		const items = [...photos({}), { json: {} }];
		const options = { items, onError: 'continueRegularOutput' } as const;
		for (let time = 0; time < 2; time += 1) {
			const [good, bad] = itemsOf(await click(reusing(), options));
			expect(good?.json.status).toBe('succeeded');
			expect(bad?.json.error).toContain('Image');
		}
		expect(bought()).toHaveLength(1);
	});
});

describe('what is another request', () => {
	const differing: Array<[string, Change, Partial<RunOptions>]> = [
		['another prompt', { prompt: 'More sea' }, {}],
		['another ratio', { upExpansionRatio: 0.25 }, {}],
		['another number of images', { n: 2 }, {}],
		['a watermark', { options: { watermark: true } }, {}],
		['a field of Raw JSON Fields', { options: { extraBody: '{"model_name":"kling-v1-5"}' } }, {}],
		['another picture', {}, { items: [{ binary: { data: other } }] }],
		['another step of the workflow', {}, { nodeId: 'another-step' }],
		['another workflow', {}, { workflowId: 'another-workflow' }],
	];

	it.each(differing)('%s buys again', async (_, change, options) => {
		itemsOf(await click(reusing({ prompt: 'More sky' })));
		const result = await click(reusing({ prompt: 'More sky', ...change }), options);
		// The simulator refuses fields that it does not know; what counts is that the request was sent.
		if (!change.options?.extraBody) itemsOf(result);
		expect(creates()).toHaveLength(2);
	});

	const same: Array<[string, Change, Partial<RunOptions>]> = [
		['the same picture under another name', {}, { items: [{ binary: { data: file(photo(), 'other.png') } }] }],
		['the same picture in another field', { image: 'photo' }, { items: [{ binary: { photo: file() } }] }],
		['the same picture as base64', { image: photo().toString('base64') }, {}],
		['another way to hand it on', { simplify: false, options: { binaryPrefix: 'x' } }, {}],
		['another callback address', { options: { callbackUrl: `${provider.url}/none` } }, {}],
	];

	it.each(same)('%s does not', async (_, change, options) => {
		itemsOf(await click(reusing()));
		itemsOf(await click(reusing(change), options));
		expect(bought()).toHaveLength(1);
	});

	it('a link counts without its query, which is often signed anew', async () => {
		const image = (query: string, name = 'coffee') => `${provider.url}/_sandbox/photos/${name}.jpg${query}`;
		const first = idsOf(await click(reusing({ image: image('?Expires=1&Signature=a') })));
		expect(idsOf(await click(reusing({ image: image('?Expires=2&Signature=b') })))).toEqual(first);
		expect(idsOf(await click(reusing({ image: image('') })))).toEqual(first);
		expect(idsOf(await click(reusing({ image: image('', 'dogs') })))).not.toEqual(first);
		expect(bought()).toHaveLength(2);
	});
});

describe('where it cannot hold', () => {
	it.each(['', '__EMPTY__'])('a workflow that was never saved (%j) counts as never', async (workflowId) => {
		for (let time = 0; time < 2; time += 1) itemsOf(await click(reusing({}, 'always'), { workflowId }));
		expect(bought()).toHaveLength(2);
	});

	it('an external ID of the user stays what it is', async () => {
		const own = reusing({ options: { externalTaskId: 'order-7' } });
		itemsOf(await click(own));
		expect(errorOf(await click(own)).message).toContain('already has a task with this External Task ID');
		expect(bought()).toHaveLength(1);
	});

	it('a value that is none of the three is refused, and nothing is sent', async () => {
		const error = errorOf(await click(reusing({}, 'sometimes')));
		expect(error.message).toContain('Reuse Earlier Results is "sometimes"');
		expect(control.requests()).toHaveLength(0);
	});

	it('when Kling cannot be asked, nothing is bought', async () => {
		control.faults([{ on: 'get', kind: 'status', status: 503 }]);
		const result = await n8n.atSpeed(100, async () => await click(reusing()));
		expect(errorOf(result)).toMatchObject({ taskState: 'not-created' });
		expect(creates()).toHaveLength(0);
	});
});

describe('other ways to create', () => {
	it('a suspended create hands on the earlier result at once', async () => {
		const parameters = reusing({ operation: 'createAndWaitForCallback', options: { allowUnreachable: true } });
		const [first] = idsOf(await click(reusing()));
		const result = await click(parameters);
		expect(result.status).toBe('success');
		expect(idsOf(result)).toEqual([first]);
		expect(bought()).toHaveLength(1);
	});

	it('an agent in two executions', async () => {
		const calls: IDataObject[][] = [[{ prompt: 'one' }, { prompt: 'two' }]];
		const parameters = reusing({
			prompt: "={{ $fromAI('prompt') }}",
			image: `${provider.url}/_sandbox/photos/coffee.jpg`,
		});
		const ask = async () =>
			await n8n.runAsTool({
				node: KLING,
				credentials: provider.credentials,
				parameters,
				calls,
				mode: 'manual',
				nodeId: 'tool',
			});
		const first = await ask();
		const second = await ask();
		expect(first.answers.concat(second.answers).filter(({ error }) => error)).toEqual([]);
		expect(bought()).toHaveLength(2);
	});
});
