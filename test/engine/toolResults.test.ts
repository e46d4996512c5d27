/** What a model reads of each operation as a tool: at most 1 kB beside its addresses, so that it does not drown in it. */
import { fileURLToPath } from 'node:url';
import type { IDataObject, INodeParameters, INodePropertyOptions, INodeType } from 'n8n-workflow';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';

import { startHarness } from '../harness/index.ts';
import { loadPackage } from '../harness/package.ts';
import { useProvider } from '../harness/provider.ts';
import { STYLE, smallPhoto } from './aliyun/support.ts';
import { photo } from './support.ts';

const MOST = 1_000;

const provider = await useProvider({
	taskMs: [1, 2],
	aliyunTaskMs: [1, 2],
	psTaskMs: [1, 2],
	slots: 100,
});
const n8n = await startHarness();
afterAll(async () => await n8n.stop());
const { url, credentials, aliyun } = provider;
const all = { ...credentials, ...aliyun, psTaskApi: { baseUrl: url } };

const dataUri = (file: Buffer) => `data:image/jpeg;base64,${file.toString('base64')}`;
const image = dataUri(await sharp(photo()).resize(300, 300).jpeg().toBuffer());
const photosOf = (count: number) => Array.from({ length: count }, (_, number) => dataUri(smallPhoto(number))).join(',');
const style = { mode: 'id', value: STYLE, __rl: true };

/** Reads so often that short tasks do not make the test wait. */
const OFTEN = { pollInterval: 0.04 };

/** As many images as a task may have, with all that it tells of them. */
const MANY = { n: 9, options: { ...OFTEN, watermark: true } };

/** What is filled in for each operation that makes something; reads get the ID of the task that was made. */
const GIVEN: Record<string, INodeParameters> = {
	'kling imageGeneration create': { prompt: 'A red kettle', image, ...MANY },
	'kling imageExpansion create': { image, ...MANY },
	'kling multiImageToImage create': { subjectImages: `${image},${image}`, ...MANY },
	'kling omniImage create': { prompt: 'A red kettle', resultType: 'series', seriesAmount: 9, options: MANY.options },
	'kling aiMultiShot create': { image, options: OFTEN },
	'kling element create': {
		frontalImage: image,
		referImages: image,
		elementName: 'Red kettle',
		elementDescription: 'An enamel kettle',
		options: OFTEN,
	},
	'aliyunPortrait portrait generate': { photos: photosOf(8), style, options: OFTEN },
	'aliyunPortrait portrait create': { style, options: OFTEN },
	'aliyunPortrait userModel create': { photos: photosOf(20), options: OFTEN },
	'aliyunPortrait photo upload': { photos: photosOf(20) },
	'psTask task create': { imageUrl: '/srv/photos/coffee.jpg', prompt: 'Make it night', options: OFTEN },
};

/** How many entries lists have by default; others than these have one. */
const LISTS: Record<string, number> = {
	...Object.fromEntries(
		['imageGeneration', 'imageExpansion', 'multiImageToImage', 'omniImage', 'aiMultiShot', 'element'].map(
			(resource) => [`kling ${resource} getAll`, 3],
		),
	),
	'kling account getDeductions': 5,
	'aliyunPortrait style getAll': 8,
};

const CREATES = ['create', 'generate'];
const READS = ['get', 'wait'];

interface Operation {
	node: string;
	resource: string;
	operation: string;
}

const { nodes } = await loadPackage(fileURLToPath(new URL('../..', import.meta.url)));

/** A user model before its portrait, and whatever makes a task before what reads it. */
function orderOf({ resource, operation }: Operation): number {
	if (!CREATES.includes(operation)) return 2;
	return resource === 'userModel' ? 0 : 1;
}

/** All that tools offer; what makes a task first, since the others read it. */
const operations = ['kling', 'aliyunPortrait', 'psTask']
	.flatMap((node): Operation[] =>
		(nodes.get(`n8n-nodes-kling-aliyun.${node}`) as INodeType).description.properties
			.filter(({ name }) => name === 'operation')
			.flatMap(({ options, displayOptions }) =>
				(options as INodePropertyOptions[])
					.filter((option) => option.displayOptions === undefined)
					.map(({ value }) => ({
						node,
						resource: String(displayOptions?.show?.resource?.[0]),
						operation: String(value),
					})),
			),
	)
	.sort((one, other) => orderOf(one) - orderOf(other));

/** The tasks that were made, by node and resource. */
const made = new Map<string, IDataObject>();

async function call({ node, resource, operation }: Operation, given: INodeParameters) {
	const { answers } = await n8n.runAsTool({
		node: `n8n-nodes-kling-aliyun.${node}`,
		parameters: { resource, operation, ...given },
		credentials: all,
		items: [{}],
	});
	const [answer] = answers;
	if (answer?.error) throw answer.error;
	return answer?.answer as IDataObject[];
}

/** Addresses count nothing: links, and the paths of uploaded photos that stand for them. */
function bytesBesideAddresses(answer: unknown): number {
	return Buffer.byteLength(JSON.stringify(answer, (_, value: unknown) => (isAddress(value) ? '' : value)));
}

const isAddress = (value: unknown) => typeof value === 'string' && /^https?:|^[\w-]*\/[\w/.-]+\.\w+$/.test(value);

/** More tasks of a resource than a list has by default, with the usual one image each. */
async function fill({ node, resource }: Operation): Promise<void> {
	const given = { ...GIVEN[`${node} ${resource} create`], resultType: 'single', n: 1, options: OFTEN };
	await Promise.all(Array.from({ length: 6 }, async () => await call({ node, resource, operation: 'create' }, given)));
}

describe.each(operations)('$node $resource $operation', (one) => {
	const { node, resource, operation } = one;

	it(`tells a model at most ${MOST} bytes beside addresses`, async () => {
		const given = GIVEN[`${node} ${resource} ${operation}`];
		if (CREATES.includes(operation)) expect(given, 'a new operation needs what it is tried with').toBeDefined();
		if (operation === 'getAll' && node === 'kling') await fill(one);
		const { taskId = '' } = made.get(`${node} ${resource}`) ?? {};
		const { userId = '' } = made.get(`${node} userModel`) ?? {};
		const answer = await call(one, {
			...given,
			...(READS.includes(operation) && { taskId }),
			...(node === 'aliyunPortrait' && operation === 'create' && resource === 'portrait' && { userId }),
		} as INodeParameters);
		if (CREATES.includes(operation)) made.set(`${node} ${resource}`, answer[0] ?? {});
		const expected = LISTS[`${node} ${resource} ${operation}`] ?? 1;
		expect(answer).toHaveLength(expected);
		expect(bytesBesideAddresses(answer), JSON.stringify(answer)).toBeLessThanOrEqual(MOST);
		expect(JSON.stringify(answer)).not.toContain('"error"');
	});
});

it('what is dropped for a model is there for a workflow', async () => {
	const parameters = { resource: 'imageGeneration', operation: 'getAll', limit: 1 };
	const { items } = await n8n.run({ node: 'n8n-nodes-kling-aliyun.kling', parameters, credentials: all, items: [{}] });
	expect(items[0]?.json).toMatchObject({ service: 'kling', resource: 'imageGeneration', providerStatus: 'succeed' });
});
