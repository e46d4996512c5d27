/** The harness resumes a suspended execution as n8n does, shown on a node of its own. */
import { afterAll, describe, expect, it } from 'vitest';

import { writeFixturePackage } from '../harness/fixture/package.ts';
import { isN8n1, startHarness, type Run, type RunOptions } from '../harness/index.ts';

const fixture = writeFixturePackage();
const n8n = await startHarness({ package: fixture.folder });
afterAll(async () => {
	await n8n.stop();
	fixture.remove();
});

const options = (change: Partial<RunOptions> = {}): RunOptions => ({
	node: 'n8n-nodes-fixture.sleeper',
	items: [{ json: { name: 'a' } }, { json: { name: 'b' } }],
	credentials: { fixtureApi: { key: 'secret' } },
	...change,
});
const suspend = async (change: Partial<RunOptions> = {}) => await n8n.run(options(change));
const says = (action: string, more = {}) => ({ body: { action, ...more } });
const given = (run: Run | undefined) => run?.output('Output').map(({ json }) => json);

describe('a suspended run', () => {
	it('waits at the node; what comes after it has not run', async () => {
		const before = Date.now();
		const run = await suspend({ parameters: { minutes: 5 } });
		expect(run.status).toBe('waiting');
		expect(run.waitTill?.getTime()).toBeGreaterThanOrEqual(before + 300_000);
		expect(run.waitTill?.getTime()).toBeLessThanOrEqual(Date.now() + 300_000);
		expect(run.items.map(({ json }) => json.job)).toEqual(['job-0', 'job-1']);
		expect(run.output('Output')).toEqual([]);
	});

	it('is no run that ends without suspending', async () => {
		const run = await suspend({ parameters: { minutes: 0 } });
		expect(run).toMatchObject({ status: 'success', waitTill: undefined });
		expect(run.output('Output')).toHaveLength(2);
	});

	it('lives on as text: nothing that happens to its objects later is seen', async () => {
		const run = await suspend();
		run.data.executionData?.nodeExecutionStack.splice(0);
		run.data.resultData.lastNodeExecuted = 'Items';
		expect(given((await n8n.resume(run)).run)).toHaveLength(2);
	});
});

describe('a callback', () => {
	it('whose webhook() returns items: they replace what the node had, in pairs', async () => {
		const suspended = await suspend();
		const { status, body, run } = await n8n.resume(suspended);
		expect({ status, body }).toEqual({ status: 200, body: { message: 'Workflow was started' } });
		expect(run?.status).toBe('success');
		expect(run?.executionId).toBe(suspended.executionId);
		expect(given(run)).toEqual([
			{ job: 'job-0', done: true },
			{ job: 'job-1', done: true },
		]);
		expect(run?.items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }]);
		expect(run?.data.resultData.runData.Node).toHaveLength(1);
		expect(String(await run?.binary(run.items[1], 'picture'))).toBe('a picture');
	});

	it('whose webhook() returns none: the execution stays suspended', async () => {
		const suspended = await suspend();
		expect(await n8n.resume(suspended, says('nothing'))).toMatchObject({
			status: 200,
			body: { message: 'Webhook call received' },
			run: undefined,
		});
		expect(await n8n.resume(suspended, says('answer'))).toMatchObject({
			status: 202,
			body: { thanks: true },
			run: undefined,
		});
		expect(given((await n8n.resume(suspended)).run)).toHaveLength(2);
	});

	it('sees parameters, input, other nodes and what the node stored, as n8n shows them', async () => {
		const suspended = await suspend({ resumeToken: 'abc', instanceUrl: 'https://n8n.test', mode: 'webhook' });
		const { body, log } = await n8n.resume(suspended, says('look'));
		expect(body).toEqual({
			second: 'job-1',
			all: ['job-0', 'job-1'],
			items: 2,
			count: 2,
			minutes: 60,
			credential: 'secret',
			mode: 'webhook',
			executionId: suspended.executionId,
			resumeUrl: `https://n8n.test/webhook-waiting/${suspended.executionId}${isN8n1 ? '' : '?signature=abc'}`,
			...(isN8n1 ? {} : { signature: 'abc' }),
			suspensions: expect.any(Number),
		});
		expect(log).toEqual([{ level: 'info', message: 'callback look' }]);
	});

	it('whose webhook() throws: 500, and the workflow goes on with one empty item', async () => {
		const { status, thrown, run } = await n8n.resume(await suspend(), says('throw'));
		expect(status).toBe(500);
		expect(thrown).toEqual(new Error('No such thing'));
		expect(given(run)).toEqual([{}]);
		expect(run).toMatchObject({ status: 'error', error: { message: 'No such thing' } });
	});

	it('with a wrong signature: 401, whatever has become of the execution; n8n 1.x knows no signature', async () => {
		const suspended = await suspend({ resumeToken: 'abc' });
		const forged = async () => await n8n.resume(suspended, { ...says('nothing'), signature: 'abd' });
		expect(await forged()).toMatchObject(
			isN8n1 ? { status: 200 } : { status: 401, body: { error: 'Invalid token' }, log: [] },
		);
		await n8n.resume(suspended);
		expect((await forged()).status).toBe(isN8n1 ? 409 : 401);
	});

	it('that is not JSON: 422, and the node is not asked', async () => {
		expect(await n8n.resume(await suspend(), { body: '{' })).toMatchObject({ status: 422, run: undefined, log: [] });
	});

	it('after the end: 409', async () => {
		const suspended = await suspend();
		await n8n.resume(suspended);
		expect((await n8n.resume(suspended)).body).toEqual({ message: expect.stringContaining('has finished already') });
		expect((await n8n.resume(await suspend({ parameters: { minutes: 0 } }))).status).toBe(409);
		const failed = await suspend();
		await n8n.resume(failed, says('throw'));
		expect((await n8n.resume(failed)).body).toEqual({ message: expect.stringContaining('has finished with error') });
	});
});

describe('three callbacks at the same moment', () => {
	const atOnce = async (suspended: Run) =>
		await Promise.all([30, 0, 15].map(async (heldMs) => await n8n.resume(suspended, { ...says('go'), heldMs })));

	it(`run the rest ${isN8n1 ? 'three times in n8n 1.x' : 'once in n8n 2.x'}`, async () => {
		const suspended = await suspend();
		const answers = await atOnce(suspended);
		// Which one comes first is left to the machine.
		const ends = answers.map(({ status, run }) => [status, run?.status]).sort();
		const [first, second] = [
			[200, 'success'],
			[500, undefined],
		];
		expect(ends).toEqual(isN8n1 ? [first, first, first] : [first, second, second]);
		expect((await n8n.resume(suspended)).status).toBe(409);
	});
});

describe('n8n without a signature in the resume URL', () => {
	it('takes whatever comes as one, or nothing', async () => {
		const suspended = await suspend({ signedResumeUrl: false });
		expect(suspended.items[0]?.json.resumeUrl).toMatch(/\/webhook-waiting\/\d+$/);
		expect((await n8n.resume(suspended, { ...says('look'), signature: 'abd' })).status).toBe(200);
		expect(given((await n8n.resume(suspended)).run)).toHaveLength(2);
	});
});

describe('the deadline', () => {
	it('makes the node hand on its input, all of it', async () => {
		const run = await n8n.resumeByTime(await suspend({ executeOnce: true }));
		expect(run.status).toBe('success');
		expect(given(run)).toEqual([{ name: 'a', job: 'job-0' }, { name: 'b' }]);
	});

	it('is nothing for an execution that has ended', async () => {
		const suspended = await suspend();
		await n8n.resume(suspended);
		await expect(n8n.resumeByTime(suspended)).rejects.toThrow('does not wait: success');
	});

	it('and a callback at the same moment: one of them in n8n 2.x, both in 1.x', async () => {
		const suspended = await suspend();
		const callback = n8n.resume(suspended);
		expect(given(await n8n.resumeByTime(suspended))).toHaveLength(2);
		expect(await callback).toMatchObject(
			isN8n1 ? { status: 200, run: { status: 'success' } } : { status: 500, run: undefined },
		);
	});
});

describe('n8n started again while it waits', () => {
	it('goes on with modules that remember nothing', async () => {
		const suspended = await suspend();
		const restarted = await startHarness({ package: fixture.folder });
		expect((await restarted.resume(suspended, says('look'))).body).toMatchObject({ suspensions: 0, count: 2 });
		expect(given((await restarted.resume(suspended)).run)).toHaveLength(2);
		expect(given(await restarted.resumeByTime(await suspend()))).toHaveLength(2);
	});
});

describe('an n8n with an address', () => {
	const post = async (run: Run, body: object) =>
		await fetch(String(run.items[0]?.json.resumeUrl), {
			method: 'POST',
			body: JSON.stringify(body),
			headers: { 'content-type': 'application/json' },
		});

	it('takes callbacks by itself until the end', async () => {
		const { suspended, callbacks, ended } = await n8n.runWaiting(options());
		expect((await post(suspended, { action: 'look' })).status).toBe(200);
		expect((await post(suspended, {})).status).toBe(200);
		expect(given(await ended)).toHaveLength(2);
		expect((await post(suspended, {})).status).toBe(409);
		expect(callbacks.map(({ status, running }) => [status, running !== undefined])).toEqual([
			[200, false],
			[200, true],
			[409, false],
		]);
	});

	it('answers 401 without a signature (n8n 2.x), 404, and 409 while the execution runs', async () => {
		const { suspended } = await n8n.runWaiting(options());
		const url = String(suspended.items[0]?.json.resumeUrl);
		const status = async (address: string) => (await fetch(address, { method: 'POST' })).status;
		if (!isN8n1) expect(await status(url.replace(/\?.*/, ''))).toBe(401);
		expect(await status(url.replace(/\d+(?=\?|$)/, '0'))).toBe(404);
		suspended.row.claim();
		expect(await status(url)).toBe(409);
	});

	it('tells the end however it comes', async () => {
		const { suspended, ended } = await n8n.runWaiting(options());
		await n8n.resumeByTime(suspended);
		expect((await ended).status).toBe('success');
		expect((await (await n8n.runWaiting(options({ parameters: { minutes: 0 } }))).ended).status).toBe('success');
	});
});
