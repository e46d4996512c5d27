/** Image Generation: what is sent and what comes back, what is refused before it is paid, and that it is paid once. */
import { createHash } from 'node:crypto';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { beforeEach, describe, expect, it } from 'vitest';

import { count, errorOf, factsOf, generate, itemsOf, KLING, photo, photos, start } from './support.ts';

const { run, n8n, control, provider, creates, asked, unknown, mostAtOnce } = await start();
const { credentials } = provider;

const RESOURCE = 'imageGeneration';
const coffee = {
	bytes: photo().length,
	sha256: createHash('sha256').update(photo()).digest('hex'),
	width: 600,
	height: 400,
};
const ELEMENT = '829836802793406551';
const older = { modelName: 'kling-v2-1', image: 'data' };

const submit: typeof run = async (parameters, options) =>
	await run({ ...parameters, waitForCompletion: false }, options);

describe('exactly these fields are sent', () => {
	it('with the defaults: the model always, empty fields never', async () => {
		itemsOf(await submit(generate()));
		expect(asked()).toEqual([
			{ prompt: 'A red kettle', model_name: 'kling-v3', aspect_ratio: '16:9', resolution: '1k', n: 1 },
		]);
	});

	it('from text, with everything that goes with it', async () => {
		control.settings({ unknownElement: 'failTask' });
		const options = { negativePrompt: 'text', elementIds: ELEMENT, watermark: true };
		itemsOf(await submit(generate({ aspectRatio: '3:2', resolution: '2k', n: 9, options })));
		expect(asked()).toEqual([
			{
				prompt: 'A red kettle',
				model_name: 'kling-v3',
				aspect_ratio: '3:2',
				resolution: '2k',
				n: 9,
				negative_prompt: 'text',
				element_list: [{ element_id: ELEMENT }],
				watermark_info: { enabled: true },
			},
		]);
	});

	it('from an image, with everything that goes with it', async () => {
		const options = { imageReference: 'face', imageFidelity: 0, humanFidelity: 1, negativePrompt: '' };
		itemsOf(await submit(generate({ ...older, options })));
		expect(asked()).toEqual([
			{
				prompt: 'A red kettle',
				image: coffee,
				model_name: 'kling-v2-1',
				aspect_ratio: '16:9',
				resolution: '1k',
				n: 1,
				image_reference: 'face',
				image_fidelity: 0,
				human_fidelity: 1,
			},
		]);
	});
});

describe('the operations', () => {
	it('create, get, wait and get many, two items each', async () => {
		const created = itemsOf(
			await run(generate({ n: 2, prompt: '={{ "number " + $json.number }}' }), { items: photos(...count(2)) }),
		);
		for (const [index, { json, binary, pairedItem }] of created.entries()) {
			expect(json).toMatchObject({ service: 'kling', resource: RESOURCE, status: 'succeeded', unitsDeducted: 16 });
			expect(json).not.toHaveProperty('resultType');
			expect((json.images as IDataObject[]).map(({ index: place }) => place)).toEqual([0, 1]);
			expect([Object.keys(binary ?? {}), pairedItem]).toEqual([['image', 'image_1'], { item: index }]);
		}
		const ids = created.map(({ json }) => json.taskId);
		for (const operation of ['get', 'wait']) {
			const items = ids.map((taskId) => ({ json: { taskId } as IDataObject }));
			const read = itemsOf(await run({ resource: RESOURCE, operation }, { items }));
			expect(read.map(({ json }) => [json.taskId, json.status])).toEqual(ids.map((id) => [id, 'succeeded']));
		}
		const listed = itemsOf(await run({ resource: RESOURCE, operation: 'getAll', returnAll: true }));
		expect(listed.map(({ json }) => json.taskId).sort()).toEqual([...ids].sort());
		expect(control.ledger()).toHaveLength(2);
	});

	it('one item per image, of which only the first carries the cost', async () => {
		const items = itemsOf(await run(generate({ n: 3, options: { outputItems: 'perImage' } })));
		expect(items.map(({ json }) => json.unitsDeducted)).toEqual([24, undefined, undefined]);
		expect(items.every(({ json, binary }) => typeof json.url === 'string' && binary?.image)).toBe(true);
	});
});

describe('what the service would refuse or charge in vain is refused before anything is sent', () => {
	const url = 'https://example.test/a.png';
	const CASES: Array<[string, INodeParameters, RegExp]> = [
		['no prompt', generate({ prompt: '={{ "" }}' }), /^Prompt is empty, but it must say what the image should show$/],
		[
			'a prompt of white space',
			generate({ prompt: '={{ " \\n" }}' }),
			/^Prompt is [^]* must say what the image should show$/,
		],
		[
			'a prompt of 2,501 characters',
			generate({ prompt: '字'.repeat(2501) }),
			/^Prompt is .*, but it has 2501 characters \(at most 2500\)$/,
		],
		[
			'a long negative prompt',
			generate({ options: { negativePrompt: 'x'.repeat(2501) } }),
			/^Negative Prompt is .* has 2501/,
		],
		['n = 10', generate({ n: 10 }), /^Number of Images is "10"/],
		['4k', generate({ resolution: '={{ "4k" }}' }), /^Resolution is "4k", but it must be 1k, 2k/],
		['the ratio auto', generate({ aspectRatio: '={{ "auto" }}' }), /^Aspect Ratio is "auto", but it must be 16:9/],
		['no model', generate({ modelName: '={{ "" }}' }), /^Model is empty, but it must be the name of a model/],
		['an unknown image', generate({ image: 'phto' }), /^Image: "phto" is neither a URL nor a binary field/],
		[
			'an image reference with the wrong model',
			generate({ image: url, options: { imageReference: 'subject' } }),
			/^Image Reference does not work with the model Kling V3$/,
		],
		[
			'an image fidelity with the wrong model',
			generate({ image: url, options: { imageFidelity: 0.2 } }),
			/^Image Fidelity does not work with the model Kling V3$/,
		],
		[
			'a human fidelity with the wrong model',
			generate({ image: url, options: { humanFidelity: 0 } }),
			/^Human Fidelity does not work with the model Kling V3$/,
		],
		[
			'a fidelity above 1',
			generate({ ...older, options: { imageFidelity: 1.1 } }),
			/^Image Fidelity is "1.1", but it must be a number from 0 to 1/,
		],
		[
			'elements with the wrong model',
			generate({ modelName: 'kling-v2-1', options: { elementIds: ELEMENT } }),
			/^Element IDs does not work with the model Kling V2\.1$/,
		],
		[
			'an image reference without an image',
			generate({ modelName: 'kling-v2-1', options: { imageReference: 'face' } }),
			/^Image Reference is "face", but there is no image to refer to$/,
		],
		[
			'a negative prompt beside an image',
			generate({ image: url, options: { negativePrompt: 'text' } }),
			/^Negative Prompt is "text", but it cannot be used together with Image$/,
		],
		[
			'ten elements beside an image',
			generate({ image: url, options: { elementIds: Array(10).fill(ELEMENT).join(',') } }),
			/^Element IDs has 10 elements, but at most 9 are allowed beside an image$/,
		],
		[
			'eleven elements',
			generate({ options: { elementIds: Array(11).fill(ELEMENT).join('\n') } }),
			/^Element IDs has 11 elements, but at most 10 are allowed$/,
		],
		[
			'an element ID that is a name',
			generate({ options: { elementIds: 'Anna' } }),
			/^Element IDs is "Anna", but it must hold element IDs of 1 to 19 digits$/,
		],
		[
			'an element ID that has lost digits',
			generate({ options: { elementIds: `={{ ${ELEMENT} }}` } }),
			/^Element IDs is "829836802793406600", but it has lost digits: keep the IDs as text$/,
		],
	];

	it.each(CASES)('%s', async (_, parameters, message) => {
		const error = errorOf(await run(parameters));
		expect(error.message).toMatch(message);
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		expect(error.description).not.toBe('');
		expect(control.requests()).toEqual([]);
	});

	it('one bad item of two: nothing is sent with Stop Workflow, and with Continue the other one goes its way', async () => {
		const parameters = generate({ n: '={{ $json.n }}' });
		const items = photos({ n: 10 }, { n: 1 });
		expect(errorOf(await run(parameters, { items })).message).toMatch(/^Number of Images is "10"/);
		expect(creates()).toEqual([]);
		const [bad, good] = itemsOf(await run(parameters, { items, onError: 'continueRegularOutput' }));
		expect(bad?.json).toMatchObject({
			error: expect.stringMatching(/^Number of Images is "10"/),
			details: { taskState: 'not-created' },
		});
		expect([good?.json.status, good?.pairedItem]).toEqual(['succeeded', { item: 1 }]);
		expect(creates()).toHaveLength(1);
	});
});

describe('another model by expression', () => {
	it('is not judged here, but by the service, whose refusal names the current ones', async () => {
		const options = { imageReference: 'subject', elementIds: ELEMENT };
		const error = errorOf(await run(generate({ modelName: '={{ "kling-v9" }}', image: 'data', options })));
		expect(error.message).toMatch(
			/^Kling refused to make the image: the model or the address does not exist: .*kling-v9/,
		);
		expect(error.description).toBe('Choose a current model (kling-v3, kling-v2-1), or check a custom base URL.');
		expect([creates().length, control.ledger().length]).toEqual([1, 0]);
	});

	it('that is discontinued, likewise', async () => {
		const error = errorOf(await run(generate({ modelName: '={{ "kling-v1" }}' })));
		expect(error.message).toContain('has been discontinued and is no longer available');
		expect(error.description).toContain('(kling-v3, kling-v2-1)');
	});
});

describe('element IDs', () => {
	beforeEach(() => control.settings({ unknownElement: 'failTask', elementIdAsString: 'refuse' }));
	const elements = () => control.ledger().map(({ request }) => request.element_list);

	it.each<[string, INodeParameters]>([
		['as text', { elementIds: `${ELEMENT}, 9223372036854775807` }],
		['as an array', { elementIds: `={{ ["${ELEMENT}", "9223372036854775807"] }}` }],
		['of element tasks', { elementIds: '={{ $json.made }}' }],
		[
			'in Raw JSON Fields',
			{ extraBody: `{"element_list":[{"element_id":"${ELEMENT}"},{"element_id":"9223372036854775807"}]}` },
		],
	])('%s reach the service as numbers, digit for digit', async (_, options) => {
		const made = [{ taskId: '1', elementId: ELEMENT }, { elementId: '9223372036854775807' }];
		itemsOf(await submit(generate({ options }), { items: photos({ made }) }));
		expect(elements()).toEqual([[{ element_id: ELEMENT }, { element_id: '9223372036854775807' }]]);
	});

	it('leave an image beside them as it is, byte for byte', async () => {
		itemsOf(await submit(generate({ image: 'data', prompt: 'Ä "ö" 字 😀\n', options: { elementIds: ELEMENT } })));
		expect(asked()).toMatchObject([
			{ image: coffee, prompt: 'Ä "ö" 字 😀\n', element_list: [{ element_id: ELEMENT }] },
		]);
	});

	it('as a number beyond 2^53 in Raw JSON Fields are refused', async () => {
		const extraBody = `{"element_list":[{"element_id":${ELEMENT}}]}`;
		expect(errorOf(await submit(generate({ options: { extraBody } }))).message).toContain('digit for digit');
		expect(creates()).toEqual([]);
	});
});

describe('money', () => {
	it('a lost answer is looked up before anything is sent again: two items, two tasks', async () => {
		control.faults([
			{ on: 'create', kind: 'dropAfter', count: 1 },
			{ on: 'create', kind: 'code', code: 5000, after: true, count: 1 },
		]);
		const items = itemsOf(
			await run(generate({ prompt: '={{ "number " + $json.number }}' }), { items: photos(...count(2)) }),
		);
		expect(items.map(({ json }) => json.status)).toEqual(['succeeded', 'succeeded']);
		expect(new Set(items.map(({ json }) => json.taskId))).toEqual(
			new Set(control.ledger().map(({ taskId }) => taskId)),
		);
		expect([creates().length, control.ledger().length]).toEqual([2, 2]);
	});

	it('a lost answer with elements too: the body that the client writes is the same work', async () => {
		control.settings({ unknownElement: 'failTask' });
		control.faults([{ on: 'create', kind: 'dropBefore', count: 1 }]);
		itemsOf(await submit(generate({ options: { elementIds: ELEMENT } })));
		expect([creates().length, control.ledger().length]).toEqual([2, 1]);
	});

	it('a task takes as many slots as it makes images', async () => {
		control.settings({ slots: 5, taskMs: [300, 300] });
		const parameters = generate({ n: 3, downloadImages: false, prompt: '={{ "number " + $json.number }}' });
		itemsOf(await run(parameters, { items: photos(...count(3)), credentials: unknown() }));
		expect([control.ledger().length, mostAtOnce()]).toEqual([3, 1]);
	});

	it('a failed task is an error with its reason', async () => {
		control.fates([{ fate: 'failed' }]);
		const error = errorOf(await run(generate()));
		expect(error.message).toMatch(/^Kling could not make the image: /);
		expect(factsOf(error)).toMatchObject({ taskState: 'created', taskId: control.ledger()[0]?.taskId });
	});
});

describe('an agent', () => {
	const tool = {
		node: KLING,
		credentials,
		parameters: {
			resource: RESOURCE,
			operation: 'create',
			prompt: "={{ $fromAI('prompt') }}",
			modelName: "={{ $fromAI('model') }}",
			downloadImages: false,
			options: { pollInterval: 0.1 },
		},
	};

	it('makes an image by prompt and model, and is told what is wrong with its call', async () => {
		const calls = [[{ prompt: 'A red kettle', model: 'kling-v2-1' }], [{ prompt: '', model: 'kling-v3' }]];
		const { answers } = await n8n.runAsTool({ ...tool, items: [{}, {}], calls });
		expect((answers[0]?.answer as IDataObject[])[0]).toMatchObject({ status: 'succeeded', resource: RESOURCE });
		expect(answers[1]?.error?.message).toMatch(/^Prompt is empty/);
		expect(asked()).toMatchObject([{ prompt: 'A red kettle', model_name: 'kling-v2-1' }]);
	});
});
