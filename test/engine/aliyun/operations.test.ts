import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { describe, expect, test } from 'vitest';

import { operationsOf } from '../../../scripts/operations';
import {
	generate,
	get,
	itemsOf,
	person,
	portray,
	start,
	STYLE,
	styles,
	suspending,
	train,
	upload,
	wait,
} from './support.ts';

// docs/coverage.md points here: every operation the node declares, against the endpoint it declares.
const { run, runToEnd, requests, model, portrait } = await start();

/** What each operation is given, and how it is told to work. */
async function given(resource: string, operation: string): Promise<{ parameters: INodeParameters; json: IDataObject }> {
	const made = {
		create: async () => await model(),
		task: async () => (resource === 'portrait' ? await portrait('succeed') : await model()),
	};
	if (operation === 'getAll') return { parameters: styles(), json: {} };
	if (operation === 'upload') return { parameters: upload(), json: {} };
	if (operation === 'generate') return { parameters: generate(), json: {} };
	if (operation === 'createAndWaitForCallback') {
		const { parameters, json } = await given(resource, 'create');
		return { parameters: suspending(parameters), json };
	}
	if (operation === 'create') {
		return resource === 'portrait'
			? { parameters: portray(), json: await made.create() }
			: { parameters: train(), json: {} };
	}
	return { parameters: operation === 'get' ? get(resource) : wait(resource), json: await made.task() };
}

/** Endpoints of the document that an operation goes through, in their order (docs/services/aliyun-portrait.md). */
const WAY: Record<string, string[]> = {
	'portrait generate': [
		'/cloud/upload_file',
		'/cloud/aigc_user_model_create',
		'/cloud/aigc_task_query',
		'/cloud/aigc_task_create',
		'/cloud/aigc_task_query',
	],
	'portrait create': ['/cloud/aigc_task_create', '/cloud/aigc_task_query'],
	'portrait createAndWaitForCallback': ['/cloud/aigc_task_create', '/cloud/aigc_task_query'],
	'userModel createAndWaitForCallback': [
		'/cloud/upload_file',
		'/cloud/aigc_user_model_create',
		'/cloud/aigc_task_query',
	],
	'userModel create': ['/cloud/upload_file', '/cloud/aigc_user_model_create', '/cloud/aigc_task_query'],
};

describe.each(operationsOf('aliyunPortrait'))('$resource $operation', ({ resource, operation, method, path }) => {
	test(`asks ${method} ${path} and hands on what it says`, async () => {
		const { parameters, json } = await given(resource, operation);
		const before = requests().length;
		const toEnd = operation === 'createAndWaitForCallback' ? runToEnd : run;
		const items = itemsOf(await toEnd(parameters, { items: [person(8, json)] }));
		const asked = requests().slice(before);
		expect(asked.some((request) => request.method === method && request.path === path && request.status === 200)).toBe(
			true,
		);
		const way = asked.map((request) => request.path).filter((one, index, all) => one !== all[index - 1]);
		expect(way).toEqual(WAY[`${resource} ${operation}`] ?? [path]);
		expect(items.every(({ pairedItem }) => JSON.stringify(pairedItem) === '{"item":0}')).toBe(true);
		if (operation === 'upload') expect(items[0]?.json.paths).toHaveLength(8);
		else if (operation === 'getAll') expect(items.map((item) => item.json.styleId)).toContain(STYLE);
		else expect(items[0]?.json).toMatchObject({ service: 'aliyunPortrait', resource, status: 'succeeded' });
	});
});
