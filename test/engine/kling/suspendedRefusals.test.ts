/** Create and Wait for Callback when something is refused before it is suspended: nothing paid is lost, nothing is suspended in vain. */
import { describe, expect, it } from 'vitest';

import { isN8n1 } from '../../harness/index.ts';
import { otherTasksOf } from '../support.ts';
import { errorOf, factsOf, itemsOf } from './support.ts';
import { expanding, given, numbered, startSuspending, suspending } from './suspendedSupport.ts';

const { n8n, control, suspend, attempt, tell, finish, tasks, taskIds, creates } = await startSuspending();

const refuseOnce = (code = 1301) => control.faults([{ on: 'create', kind: 'code', code, count: 1 }]);
const externalIds = () => new Set(tasks().map(({ externalTaskId }) => externalTaskId));

describe('no address that Kling could reach', () => {
	const refused = async (instanceUrl: string, options = { allowUnreachable: false }) =>
		await attempt(expanding({ options }), { instanceUrl });

	it.each([
		'http://localhost:5678',
		'http://LOCALHOST',
		'http://n8n.localhost',
		'http://127.0.0.1:5678',
		'http://127.8.9.1',
		'http://2130706433',
		'http://0.0.0.0',
		'http://10.0.0.1',
		'http://10.255.255.255',
		'http://192.168.1.20',
		'http://172.16.0.1',
		'https://172.31.255.255',
		'http://169.254.10.10',
		'http://100.64.0.1',
		'http://[::1]:5678',
		'http://[::]',
		'http://[fc00::1]',
		'http://[fdab::1]',
		'http://[fe80::1]',
		'http://[::ffff:10.0.0.1]',
		'http://n8n',
		'http://n8n:5678',
		'http://n8n.local',
		'http://server.local.',
		'ftp://n8n.example.com',
	])('%s: an error before anything is sent', async (instanceUrl) => {
		const error = errorOf(await refused(instanceUrl));
		expect(error.name).toBe('NodeOperationError');
		expect(error.message).toContain('cannot call this n8n back');
		expect(error.description).toMatch(/WEBHOOK_URL.*Allow Unreachable Address/s);
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created' });
		expect(control.requests()).toEqual([]);
		expect(tasks()).toEqual([]);
	});

	it.each([
		'https://n8n.example.com',
		'https://n8n.example.com/path',
		'http://172.32.0.1',
		'http://172.15.0.1',
		'http://11.0.0.1',
		'http://8.8.8.8:5678',
		'http://[2001:4860:4860::8888]',
		'https://10.example.com',
		'https://localhost.example.com',
		'https://local.io',
	])('%s is one', async (instanceUrl) => {
		expect((await refused(instanceUrl)).status).toBe('waiting');
		expect(tasks()[0]?.request.callback_url).toContain(`${new URL(instanceUrl).origin}/`);
	});

	it('is no matter with Allow Unreachable Address', async () => {
		expect((await refused('http://localhost:5678', { allowUnreachable: true })).status).toBe('waiting');
		const url = /^http:\/\/localhost:5678\/webhook-waiting\/\d+(\?signature=\w+)?$/.exec(
			String(tasks()[0]?.request.callback_url),
		);
		expect(url).not.toBeNull();
		expect(url?.[1] === undefined).toBe(isN8n1);
	});

	it('is an item for each when the node continues, and nothing is suspended', async () => {
		const run = await attempt(expanding({ options: { allowUnreachable: false } }), {
			instanceUrl: 'http://n8n',
			onError: 'continueRegularOutput',
		});
		expect(itemsOf(run).map(({ json }) => Object.keys(json))).toEqual(Array(2).fill(['error', 'details']));
		expect(control.requests()).toEqual([]);
	});
});

describe('one of three items is refused at submission', () => {
	it('with Stop Workflow: nothing is suspended, and the error carries the tasks of the other items', async () => {
		refuseOnce();
		const run = await attempt(expanding(), { items: numbered(3) });
		const error = errorOf(run);
		expect(run.waitTill).toBeUndefined();
		expect(factsOf(error)).toMatchObject({ code: 1301, taskState: 'not-created' });
		expect(taskIds()).toHaveLength(2);
		expect(otherTasksOf(error)).toEqual(taskIds());
		expect(error.description).toContain('The other 2 tasks are safe. Retry this execution from the Executions list');
	});

	it('with Stop Workflow: Retry waits for the tasks that call the failed execution back, and is suspended for the missing one', async () => {
		refuseOnce();
		const failed = await attempt(expanding(), { items: numbered(3), resumeToken: 'kept' });
		const before = taskIds();
		const again = await n8n.atSpeed(20, async () => {
			const retried = n8n.retry(failed);
			await expect.poll(() => taskIds()).toHaveLength(3);
			await finish(...before);
			return await retried;
		});
		expect(again.status).toBe('waiting');
		expect(again.items.map(({ json }) => json.taskId)).toEqual(taskIds());
		const [missing = ''] = taskIds().filter((id) => !before.includes(id));
		await finish(missing);
		const { run: ended } = await tell(again, missing);
		expect(given(ended).map(({ taskId, status }) => [taskId, status])).toEqual(
			taskIds().map((id) => [id, 'succeeded']),
		);
		expect(ended?.items.map(({ binary }) => Object.keys(binary ?? {}))).toEqual([['image'], ['image'], ['image']]);
	});

	it('with Continue: it is an error item in its place, and the others go on', async () => {
		const run = await suspend(expanding({ upExpansionRatio: '={{ $json.number === 1 ? 99 : 0.5 }}' }), {
			items: numbered(3),
			onError: 'continueRegularOutput',
		});
		await finish(...taskIds());
		const { run: ended } = await tell(run, taskIds()[0] ?? '');
		const [a, refused, c] = given(ended);
		expect([a, c].map((json) => [json?.taskId, json?.status])).toEqual(taskIds().map((id) => [id, 'succeeded']));
		expect(refused).toEqual({
			error: expect.any(String),
			details: expect.objectContaining({ taskState: 'not-created' }),
		});
		expect(ended?.items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
	});

	it('with the error output: it goes there, at the end and at the deadline', async () => {
		for (const end of ['callback', 'deadline']) {
			control.reset();
			const run = await suspend(expanding({ upExpansionRatio: '={{ $json.number === 1 ? 99 : 0.5 }}' }), {
				items: numbered(3),
				onError: 'continueErrorOutput',
			});
			await finish(...taskIds());
			const ended = end === 'deadline' ? await n8n.resumeByTime(run) : (await tell(run, taskIds()[0] ?? '')).run;
			expect(
				given(ended).map(({ taskId }) => taskId),
				end,
			).toEqual(taskIds());
			// n8n puts the item's own fields beside them; 1.x takes no details there.
			expect(
				ended?.output('Errors').map(({ json }) => Object.keys(json)),
				end,
			).toEqual([['number', 'error', isN8n1 ? 'message' : 'details']]);
		}
	});

	it('with Continue and Retry On Fail: one task for each item, and one suspension', async () => {
		const run = await suspend(expanding({ upExpansionRatio: '={{ $json.number === 0 ? 99 : 0.5 }}' }), {
			items: numbered(3),
			onError: 'continueRegularOutput',
			retryOnFail: true,
			maxTries: 3,
		});
		expect(taskIds()).toHaveLength(2);
		await finish(...taskIds());
		const { run: ended } = await tell(run, taskIds()[0] ?? '');
		expect(given(ended).map(({ taskId, error }) => taskId ?? typeof error)).toEqual(['string', ...taskIds()]);
		expect(taskIds()).toHaveLength(2);
	});

	it('at first, with Retry On Fail: it is suspended with one task for each item', async () => {
		refuseOnce();
		const run = await suspend(expanding(), { items: numbered(3), retryOnFail: true, maxTries: 2 });
		expect([taskIds().length, externalIds().size]).toEqual([3, 3]);
		expect(run.items.map(({ json }) => json.taskId)).toEqual(taskIds());
		expect(run.data.resultData.runData.Node).toHaveLength(1);
	});
});

describe('all are refused', () => {
	it('with Continue: error items at once, no suspension', async () => {
		control.faults([{ on: 'create', kind: 'code', code: 1301 }]);
		const run = await attempt(expanding(), { onError: 'continueRegularOutput' });
		expect(itemsOf(run).map(({ json }) => Object.keys(json))).toEqual(Array(2).fill(['error', 'details']));
		expect(run.waitTill).toBeUndefined();
	});
});

describe('an item whose parameters cannot be used', () => {
	const broken = { prompt: '={{ $json.number === 1 ? $("Nobody").first().json.prompt : "image " + $json.number }}' };

	it('with Stop Workflow: nothing is sent for any item, and the message names the parameter', async () => {
		const error = errorOf(await attempt(expanding(broken), { items: numbered(3) }));
		expect(error.name).toBe('NodeOperationError');
		expect(error.message).toMatch(/prompt.* cannot be resolved: Referenced node doesn't exist/i);
		expect(error.description).toContain('Nothing was sent.');
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		expect(control.requests()).toEqual([]);
	});

	it('with Continue: the others go on', async () => {
		const run = await suspend(expanding(broken), { items: numbered(3), onError: 'continueRegularOutput' });
		expect(taskIds()).toHaveLength(2);
		await finish(...taskIds());
		const { run: ended } = await tell(run, taskIds()[0] ?? '');
		expect(given(ended).map(({ error }) => error !== undefined)).toEqual([false, true, false]);
	});

	it('Raw JSON Fields that sends the callbacks elsewhere: nothing is sent', async () => {
		const error = errorOf(
			await attempt(expanding({ options: { extraBody: '{"callback_url":"https://elsewhere.example"}' } })),
		);
		expect(error.message).toContain('callback_url');
		expect(creates()).toEqual([]);
	});

	it('other fields of Raw JSON Fields are sent', async () => {
		await suspend(suspending('multiImageToImage', { options: { extraBody: '{"negative_prompt":"text"}' } }));
		expect(tasks().map(({ request }) => request.negative_prompt)).toEqual(['text', 'text']);
	});
});
