/** Maximum Units: what is said of the price list, and what an agent's calls may cost together. */
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { readSettings } from '../../../../nodes/tasks/item/settings';
import type { Endpoint } from '../../../../nodes/tasks/model/service';
import { refuseAboveLimit } from '../../../../nodes/tasks/submit/limit';
import { endpoint, FakeClock, itemOf, rejectionOf, type Given } from '../support';

const CHECKED = '2026-09-20';
const DAY = 24 * 60 * 60 * 1000;
const price = {
	checked: CHECKED,
	range: { least: 1, most: 1, per: 'an image' },
	units: ({ n }: IDataObject) => Number(n),
};
const tool = { type: 'n8n-nodes-kling-aliyun.klingTool' };

interface GivenItem extends Given {
	maxUnits?: number;
	n: number;
}

function candidate({ maxUnits = 0, n, ...given }: GivenItem) {
	const item = itemOf({ parameters: { options: { maxUnits } }, ...given });
	return { item, settings: readSettings(item, endpoint), request: () => ({ body: { n }, images: [] }) };
}

const check = async (...given: GivenItem[]) =>
	await refuseAboveLimit({ ...endpoint, price } as Endpoint, given.map(candidate));

describe('the price list', () => {
	const at = (days: number) => new FakeClock(Date.parse(CHECKED) + days * DAY);

	it('is dated in the error', async () => {
		const { description } = await rejectionOf(check({ n: 2, maxUnits: 1, clock: at(180) }));
		expect(description).toBe(
			'1 item × 2 units (list price of 2026-09-20). Nothing was sent: raise Maximum Units, or make fewer images.',
		);
	});

	it('that is older than 180 days is said to be', async () => {
		const { description } = await rejectionOf(check({ n: 2, maxUnits: 1, clock: at(181) }));
		expect(description).toContain('(list price of 2026-09-20, which is more than 180 days old)');
	});

	it('that says nothing of an item is no matter without a limit', async () => {
		const unknown = { ...endpoint, price: { ...price, units: () => ({ unknown: 'the model "x"' }) } };
		await refuseAboveLimit(unknown, [candidate({ n: 1 })]);
		const limited = refuseAboveLimit(unknown, [candidate({ n: 1 }), candidate({ n: 1, maxUnits: 9 })]);
		expect((await rejectionOf(limited)).message).toBe(
			'No list price is known for the model "x", so Maximum Units cannot hold',
		);
	});
});

describe('the calls of an agent', () => {
	const calling = (memory: IDataObject | undefined, executionId: string) => {
		const given = { node: tool, executionId, ...(memory && { memory }) };
		return async (n: number, maxUnits = 10) => await check({ ...given, n, maxUnits });
	};

	it('count together, equal ones once', async () => {
		const call = calling({}, 'calls-1');
		await call(4);
		await call(4);
		await call(6);
		expect((await rejectionOf(call(1))).description).toBe(
			'1 item × 1 unit + 10 units of earlier calls (list price of 2026-09-20). Nothing was sent: raise Maximum Units, or make fewer images.',
		);
		// What was refused does not count.
		expect((await rejectionOf(call(2))).message).toBe('This run could cost 12 units; your limit is 10');
		await call(6);
	});

	it('count in another process that goes on with the execution, from what n8n has kept', async () => {
		const memory: IDataObject = {};
		await calling(memory, 'calls-2')(8);
		const kept = JSON.parse(JSON.stringify(memory)) as IDataObject;
		expect((await rejectionOf(calling(kept, 'calls-2')(3))).message).toContain('could cost 11 units');
	});

	it('a call without a limit counts, and is bound by that of another call', async () => {
		const call = calling({}, 'calls-3');
		await call(8, 0);
		await call(1, 10);
		expect((await rejectionOf(call(2, 0))).message).toBe('This run could cost 11 units; your limit is 10');
	});

	it('two tools of one execution do not count together', async () => {
		await check({ node: { ...tool, id: 'a' }, executionId: 'calls-4', n: 8, maxUnits: 10 });
		await check({ node: { ...tool, id: 'b' }, executionId: 'calls-4', n: 8, maxUnits: 10 });
	});

	it('an execution counts for itself', async () => {
		await calling({}, 'calls-5')(8);
		await calling({}, 'calls-6')(8);
	});
});
