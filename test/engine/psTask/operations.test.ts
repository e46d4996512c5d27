import type { INodeExecutionData } from 'n8n-workflow';
import { describe, expect, test } from 'vitest';

import { operationsOf } from '../../../scripts/operations';
import { itemsOf, start, submit } from './support.ts';

// docs/coverage.md points here: every operation the node declares, against the endpoint it declares.
const { run, control } = await start();

describe.each(operationsOf('psTask'))('$resource $operation', ({ resource, operation, method, path }) => {
	test(`asks ${method} ${path} and hands on the task`, async () => {
		const [submitted] = operation === 'create' ? [] : itemsOf(await run(submit({ waitForCompletion: false })));
		const before = control.requests().length;
		const parameters = operation === 'create' ? submit() : { resource, operation };
		const items = itemsOf(await run(parameters, { items: [{ json: submitted?.json }] }));
		expect(items).toHaveLength(1);
		expect(items[0]?.pairedItem).toEqual({ item: 0 });
		const { json, binary } = items[0] as INodeExecutionData;
		expect(json).toMatchObject({ service: 'psTask', resource, taskId: control.ledger()[0]?.taskId });
		const [first] = control.requests().slice(before);
		expect(first).toMatchObject({ method, path: path.replace('{taskId}', String(json.taskId)), code: 200 });
		// Submit and wait bring the image by default, get does not.
		const brings = operation !== 'get';
		expect(Object.keys(binary ?? {}).includes('image')).toBe(brings);
		if (brings) expect(json.status).toBe('succeeded');
	});
});
