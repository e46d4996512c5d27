import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { failureOf, type Execution, type Item } from '../../../sandbox/n8n/execution';
import type { Workflow, WorkflowNode } from '../../../sandbox/n8n/workflow';
import { importExample, readExamples } from '../../../sandbox/start/examples';
import { photoFolder } from '../../../sandbox/start/photos';
import { decode, greatestDifference } from './pixels';
import { RELEASE } from './release';
import type { Opened } from './surroundings';
import { withTablesByHand } from './tables';

const PNG = Buffer.from('89504e470d0a1a0a', 'hex');

/** Imports an example as `npm start` does, with what a user would change, on n8n 1.x data tables made by hand; gives its ID. */
export async function imported(
	{ n8n, places, credentials }: Pick<Opened, 'n8n' | 'places' | 'credentials'>,
	key: string,
	change: (workflow: Workflow) => Workflow = (workflow) => workflow,
): Promise<string> {
	const examples = await readExamples();
	const example = examples.find((one) => one.key === key);
	if (example === undefined)
		throw new Error(`There is no example ${key}; there are ${examples.map((one) => one.key).join(', ')}`);
	const changed = change(example.workflow);
	const workflow = RELEASE === '1.x' ? await withTablesByHand(n8n, changed) : changed;
	return await importExample(n8n, { ...example, workflow }, places, Object.values(credentials));
}

/** The change of one node of an example. */
export function changing(name: string, change: (node: WorkflowNode) => Partial<WorkflowNode>) {
	return (workflow: Workflow): Workflow => ({
		...workflow,
		nodes: workflow.nodes.map((node) => (node.name === name ? { ...node, ...change(node) } : node)),
	});
}

/** Starts an imported example by hand, and expects it to succeed. */
export async function run({ n8n }: Opened, id: string, trigger: string): Promise<Execution> {
	return succeeded(await n8n.runToEnd(id, trigger));
}

export function succeeded(execution: Execution): Execution {
	expect(execution.status, failureOf(execution)).toBe('success');
	return execution;
}

/** The picture of an item's field, through n8n's own endpoint for binary data. */
export async function picture({ n8n }: Pick<Opened, 'n8n'>, item: Item | undefined, field = 'image'): Promise<Buffer> {
	const binary = item?.binary?.[field];
	if (binary === undefined)
		throw new Error(`No binary field ${field}; there are ${Object.keys(item?.binary ?? {}).join(', ') || 'none'}`);
	expect(binary, 'true name and type').toMatchObject({
		mimeType: 'image/png',
		fileName: expect.stringMatching(/\.png$/) as string,
	});
	const file = await n8n.download(binary);
	expect(file.subarray(0, 8).equals(PNG), 'a PNG from its first byte').toBe(true);
	return file;
}

/** Expects a photo untouched in the middle of the picture, which some examples extend by three tenths to each side. */
export async function expectExtended(file: Buffer, name: string): Promise<void> {
	const [result, original] = await Promise.all([decode(file), decode(await readFile(join(photoFolder, name)))]);
	expect({ width: result.width, height: result.height }).toEqual({
		width: Math.round(original.width * 1.6),
		height: original.height,
	});
	expect(greatestDifference(result, original, Math.round(original.width * 0.3), 0), name).toBe(0);
}
