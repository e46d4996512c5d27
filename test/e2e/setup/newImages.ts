/** One use of each resource: what goes in, and what the task says afterwards. */
import { expect } from 'vitest';

import { failureOf, outputOf, type Execution } from '../../../sandbox/n8n/execution';
import type { N8nClient } from '../../../sandbox/n8n/client';
import { decode } from './pixels';
import { KLING } from './workflows';

interface Use {
	title: string;
	parameters: Record<string, unknown>;
	/** What the item says. */
	says: Record<string, unknown>;
	/** Width and height of each picture, in pixels, and how many there are. */
	pictures: { count: number; ratio: number };
}

const often = { pollInterval: 0.2 };

/** Items have `photo`, the address of a photograph, and `prompt`. */
export const USES: Use[] = [
	{
		title: 'Image Generation from text',
		parameters: {
			resource: 'imageGeneration',
			operation: 'create',
			prompt: '={{ $json.prompt }}',
			aspectRatio: '4:3',
			n: 2,
			options: often,
		},
		says: { resource: 'imageGeneration', status: 'succeeded', unitsDeducted: 16 },
		pictures: { count: 2, ratio: 4 / 3 },
	},
	{
		title: 'Image Generation from an image',
		parameters: {
			resource: 'imageGeneration',
			operation: 'create',
			prompt: '={{ $json.prompt }}',
			image: '={{ $json.photo }}',
			modelName: 'kling-v2-1',
			aspectRatio: '1:1',
			options: { ...often, imageReference: 'subject', imageFidelity: 0.6 },
		},
		says: { resource: 'imageGeneration', status: 'succeeded', unitsDeducted: 8 },
		pictures: { count: 1, ratio: 1 },
	},
	{
		title: 'Omni Image, a series of an image',
		parameters: {
			resource: 'omniImage',
			operation: 'create',
			prompt: 'Four seasons of <<<image_1>>>',
			images: '={{ $json.photo }}',
			resultType: 'series',
			seriesAmount: 3,
			aspectRatio: '9:16',
			options: often,
		},
		says: { resource: 'omniImage', status: 'succeeded', resultType: 'series', unitsDeducted: 24 },
		pictures: { count: 3, ratio: 9 / 16 },
	},
	{
		title: 'Omni Image from text alone',
		parameters: { resource: 'omniImage', operation: 'create', prompt: '={{ $json.prompt }}', options: often },
		says: { resource: 'omniImage', status: 'succeeded', resultType: 'single', unitsDeducted: 8 },
		pictures: { count: 1, ratio: 16 / 9 },
	},
];

/** Checks what an execution gave: the item, and each of its pictures as a file that can be opened. */
export async function expectUse(n8n: N8nClient, execution: Execution, { says, pictures }: Use): Promise<void> {
	expect(execution.status, failureOf(execution)).toBe('success');
	const [item] = outputOf(execution, KLING);
	expect(item?.json).toMatchObject(says);
	const files = Object.values(item?.binary ?? {});
	expect(files).toHaveLength(pictures.count);
	for (const file of files) {
		const { width, height } = await decode(await n8n.download(file));
		expect(Math.abs(width / height / pictures.ratio - 1)).toBeLessThan(0.02);
	}
}

/** An element of a photograph and one further view. */
export const ELEMENT = {
	resource: 'element',
	operation: 'create',
	frontalImage: '={{ $json.photo }}',
	referImages: '={{ $json.view }}',
	elementName: 'Blue kettle',
	elementDescription: 'Enamel kettle, dark blue',
	options: often,
};

/** What is in the account's packs, and what its tasks have cost. */
export const PACKS = { resource: 'account', operation: 'getPacks' };
export const DEDUCTIONS = { resource: 'account', operation: 'getDeductions', returnAll: true };
