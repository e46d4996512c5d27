/** Reuse Earlier Results: which IDs are looked up, and what is of use. */
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { FakeClock, networkError, refusal, rejectionOf, taskAnswer, type Answer } from '../support';
import { creating, failed, notFound, taken, type GivenCreate, type Script } from './createSupport';

const DAY = 24 * 60 * 60 * 1000;
const PERIOD = 28 * DAY;
/** The beginning of a period. */
const START = 600 * PERIOD;

const running = taskAnswer('processing');

/** A good task that ended some days ago, read at a time of the service. */
const ended = (days: number, now = START): Answer => ({
	...taskAnswer('succeed', {
		updated_at: now - days * DAY,
		task_result: { images: [{ url: 'https://x.test/a.png' }] },
	}),
	headers: { date: new Date(now).toUTCString() },
});

const always = (script: Script, given: GivenCreate = {}, time = START) =>
	creating(script, { clock: new FakeClock(time), options: { reuseResults: 'always' }, ...given });

/** The ID under which a work is bought at a time. */
async function idAt(time: number, given: GivenCreate = {}): Promise<string> {
	const made = always({ create: [running], get: [notFound] }, given, time);
	await made.submitting;
	return made.ids()[0] ?? '';
}

describe('the ID of a work in all executions', () => {
	it('is the same in every execution of a period, and another one in the next', async () => {
		const id = await idAt(START);
		expect(id).toMatch(/^n8n-[\w-]{32}$/);
		expect(await idAt(START + PERIOD - 1)).toBe(id);
		expect(await idAt(START + PERIOD)).not.toBe(id);
	});

	it.each<[string, GivenCreate]>([
		['another workflow', { workflowId: 'other' }],
		['another instance of n8n', { instanceId: 'other' }],
		['another node', { node: { id: 'other' } }],
		['another item', { items: [{ json: {} }, { json: {} }], itemIndex: 1 }],
		['another run of the node, as in a loop', { runIndex: 1 }],
		['another request', { body: { prompt: 'q' } }],
		['another prefix', { options: { reuseResults: 'always', externalTaskIdPrefix: 'shop-' } }],
	])('%s has another one', async (_, given) => {
		expect(await idAt(START, given)).not.toBe(await idAt(START));
	});

	it('an agent that calls a tool has the same one in whatever order it calls', async () => {
		const tool = { node: { type: 'n8n-nodes-kling-aliyun.klingTool' } };
		expect(await idAt(START, { ...tool, runIndex: 3 })).toBe(await idAt(START, tool));
	});
});

describe('looking for an earlier result', () => {
	it('asks for this period and the one before, then buys under the ID of this one', async () => {
		const { submitting, requests, asked, ids } = always({ create: [running], get: [notFound] });
		expect((await submitting).wasThere).toBe(false);
		expect(requests).toEqual(['get', 'get', 'create']);
		expect(ids()).toEqual([asked[0]]);
		expect(asked[1]).toBe(await idAt(START - PERIOD));
	});

	it('a result of this period costs one read and no create', async () => {
		const { submitting, requests, item } = always({ create: [], get: [ended(1)] });
		expect(await submitting).toMatchObject({ wasThere: true, task: { status: 'succeeded' } });
		expect(requests).toEqual(['get']);
		expect(item.progress).toMatchObject({ taskState: 'created', status: 'succeeded' });
	});

	it('a result of the period before is taken as long as its images are there', async () => {
		const taken = always({ create: [], get: [notFound, ended(29)] });
		expect((await taken.submitting).wasThere).toBe(true);
		const gone = always({ create: [running], get: [notFound, ended(31), notFound] });
		expect((await gone.submitting).wasThere).toBe(false);
		expect(gone.requests).toEqual(['get', 'get', 'get', 'create']);
	});

	it("whether images are there is told by the service's clock, not by ours", async () => {
		const behind = always({ create: [running], get: [notFound, ended(31, START + 10 * DAY), notFound] });
		expect((await behind.submitting).wasThere).toBe(false);
	});

	it('failed tasks are counted past, and the next number is bought', async () => {
		const { submitting, ids, asked } = always({ create: [running], get: [failed, failed, notFound, notFound] });
		await submitting;
		expect(ids()).toEqual([`${asked[0]}-3`]);
	});

	it('a good one behind failed ones is taken', async () => {
		const { submitting, requests } = always({ create: [], get: [failed, failed, ended(1)] });
		expect((await submitting).wasThere).toBe(true);
		expect(requests).toEqual(['get', 'get', 'get']);
	});

	it('after five failed ones the execution buys under its own ID', async () => {
		const { submitting, ids, asked } = always({
			create: [running],
			get: [failed, failed, failed, failed, failed, notFound],
		});
		await submitting;
		expect(asked.map((id) => id.replace(asked[0] ?? '', ''))).toEqual(['', '-2', '-3', '-4', '-5', expect.anything()]);
		expect(asked).not.toContain(ids()[0]);
	});

	it('a task that another execution buys at the same moment is the result', async () => {
		const { submitting, requests } = always({ create: [taken], get: [notFound, notFound, running] });
		expect((await submitting).wasThere).toBe(true);
		expect(requests).toEqual(['get', 'get', 'create', 'get']);
	});

	it.each<[string, Answer]>([
		['refuses', refusal(1102, 429, 'Account balance not enough')],
		['breaks down', refusal(5000, 500)],
		['cannot be reached', networkError('ECONNREFUSED')],
	])('a service that %s: nothing is bought', async (_, answer) => {
		const { submitting, requests } = always({ create: [running], get: [answer] });
		expect(await rejectionOf(submitting)).toMatchObject({ taskState: 'not-created' });
		expect(requests).not.toContain('create');
	});
});

describe('where each execution buys its own', () => {
	it.each<[string, GivenCreate]>([
		['never', { options: { reuseResults: 'never' } }],
		['manualRuns in production', { options: { reuseResults: 'manualRuns' } }],
		['a workflow that was never saved', { workflowId: '' }],
		['an ID of the user', { options: { reuseResults: 'always', externalTaskId: 'order-1' } }],
		['an ID in Raw JSON Fields', { options: { reuseResults: 'always', extraBody: { external_task_id: 'order-1' } } }],
	])('%s: nothing is looked up', async (_, given) => {
		const { submitting, requests } = always({ create: [running] }, given);
		await submitting;
		expect(requests).toEqual(['create']);
	});

	it('manualRuns in a run by hand, and in its retry, looks up', async () => {
		const memory: IDataObject = {};
		const given = { options: { reuseResults: 'manualRuns' }, memory };
		const byHand = always({ create: [running], get: [notFound] }, { ...given, isManual: true });
		await byHand.submitting;
		const retry = always({ create: [], get: [running] }, { ...given, isManual: false });
		await retry.submitting;
		expect(retry.asked[0]).toBe(byHand.ids()[0]);
	});
});
