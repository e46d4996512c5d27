import { readFileSync } from 'node:fs';
import type { INodeExecutionData } from 'n8n-workflow';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';

import { startHarness } from '../../harness';
import { useProvider } from '../../harness/provider';
import { operationsOf } from '../../../scripts/operations';
import { NEEDED } from './support';

// docs/coverage.md points here: every operation the node declares, against the endpoint it declares.
const provider = await useProvider({ taskMs: [100, 200] });
const n8n = await startHarness();
afterAll(async () => await n8n.stop());
beforeEach(async () => await provider.control.reset());

const NODE = 'n8n-nodes-kling-aliyun.kling';
const photo = { buffer: readFileSync('sandbox/photos/coffee.jpg'), fileName: 'coffee.jpg', mimeType: 'image/jpeg' };

async function run(resource: string, operation: string, parameters: object, json: { taskId?: string } = {}) {
	const options = {
		node: NODE,
		parameters: { resource, operation, ...parameters },
		items: [{ json, binary: { data: photo } }],
		credentials: provider.credentials,
	};
	if (operation !== 'createAndWaitForCallback') return await n8n.run(options);
	const { suspended, ended } = await n8n.runWaiting({
		...options,
		parameters: { ...options.parameters, options: { allowUnreachable: true } },
	});
	return suspended.status === 'waiting' ? await ended : suspended;
}

async function submitted(resource: string): Promise<string> {
	const { items, error } = await run(resource, 'create', { ...NEEDED[resource], waitForCompletion: false });
	if (!items[0]) throw new Error(`Nothing was submitted: ${JSON.stringify(error)}`);
	return String(items[0].json.taskId);
}

/** Account has no tasks. */
const operations = operationsOf('kling');
const ofTasks = operations.filter(({ resource }) => resource !== 'account');

describe.each(ofTasks)('$resource $operation', ({ resource, operation, method, path }) => {
	test(`asks ${method} ${path} and hands on the task`, async () => {
		const creates = operation.startsWith('create');
		const taskId = creates ? undefined : await submitted(resource);
		const before = (await provider.control.requests()).length;
		const parameters = creates ? (NEEDED[resource] ?? {}) : {};
		const { items, error } = await run(resource, operation, parameters, taskId === undefined ? {} : { taskId });
		expect(error).toBeUndefined();
		expect(items).toHaveLength(1);
		expect(items[0]?.pairedItem).toEqual({ item: 0 });
		const { json, binary } = items[0] as INodeExecutionData;
		expect(json).toMatchObject({ service: 'kling', resource });
		expect(json.taskId).toMatch(/^\d{18}$/);
		if (taskId !== undefined) expect(json.taskId).toBe(taskId);
		const [first] = (await provider.control.requests()).slice(before);
		expect(first).toMatchObject({ method, path: path.replace('{taskId}', String(taskId)), code: 0 });
		// What waits brings the images by default, get and getAll do not.
		const brings = creates || operation === 'wait';
		expect(Object.keys(binary ?? {}).includes('image')).toBe(brings && resource !== 'element');
		if (brings) expect(json.status).toBe('succeeded');
	});
});

describe.each(operations.filter(({ resource }) => resource === 'account'))('$resource $operation', (declared) => {
	const { operation, method, path } = declared;
	test(`asks ${method} ${path} and hands on what the account tells`, async () => {
		const taskId = await submitted('imageExpansion');
		await provider.control.finish(taskId);
		const before = provider.control.requests().length;
		const { items, error } = await run('account', operation, {});
		expect(error).toBeUndefined();
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }]);
		expect(items[0]?.json).toMatchObject(operation === 'getPacks' ? { status: 'online' } : { taskId, amount: 8 });
		const [first] = provider.control.requests().slice(before);
		expect(first).toMatchObject({ method, path: path.replace('{ledger}', 'package'), code: 0 });
	});
});
