/** Create and Wait for Callback pays once for each item, however often it runs, and keeps what it needs and nothing secret. */
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';

import { HELPER, startHarness, type Execution, type WorkflowSketch } from '../../harness/index.ts';
import { klingCredentials } from '../../harness/provider.ts';
import { accessKey, apiKey, errorOf, factsOf, itemsOf, KLING, photo, secretKey } from './support.ts';
import { expanding, given, numbered, startSuspending, suspending } from './suspendedSupport.ts';

const { n8n, control, provider, suspend, attempt, tell, finish, tasks, taskIds, creates, credentials } =
	await startSuspending();

describe('the same work again', () => {
	const same = { executionId: '4711', resumeToken: 'one-execution' };

	it('a second run waits for the same tasks without a suspension: they call the first one back', async () => {
		const first = await suspend(expanding(), same);
		const second = attempt(expanding(), same);
		await expect.poll(() => creates()).toHaveLength(4);
		await finish(...taskIds());
		expect(itemsOf(await second).map(({ json }) => [json.taskId, json.status])).toEqual(
			first.items.map(({ json }) => [json.taskId, 'succeeded']),
		);
		expect(tasks()).toHaveLength(2);
	});

	it('also after n8n was started again', async () => {
		await suspend(expanding(), same);
		const restarted = await startHarness();
		const again = restarted.run({
			node: KLING,
			parameters: expanding(),
			items: numbered(2),
			credentials,
			instanceUrl: 'http://127.0.0.1:1',
			...same,
		});
		await expect.poll(() => creates()).toHaveLength(4);
		await finish(...taskIds());
		expect(itemsOf(await again).map(({ json, binary }) => [json.taskId, Object.keys(binary ?? {})])).toEqual(
			taskIds().map((id) => [id, ['image']]),
		);
		expect(tasks()).toHaveLength(2);
	});

	it('when they have ended meanwhile: their results without a suspension', async () => {
		await suspend(expanding(), same);
		await finish(...taskIds());
		expect(await attempt(expanding(), same)).toMatchObject({ status: 'success' });
		expect(tasks()).toHaveLength(2);
	});

	it('another execution is other tasks', async () => {
		await suspend(expanding());
		await suspend(expanding());
		expect(new Set(taskIds()).size).toBe(4);
	});

	it('a create whose answer is lost is found again, not sent again', async () => {
		control.faults([{ on: 'create', kind: 'dropAfter', count: 1 }]);
		const run = await suspend(expanding(), { items: numbered(1) });
		expect([tasks().length, creates().length]).toEqual([1, 1]);
		await finish(...taskIds());
		expect(given((await tell(run, taskIds()[0] ?? '')).run)).toHaveLength(1);
	});

	it('an external ID of the user that is taken is refused, or its task awaited', async () => {
		await suspend(expanding({ options: { externalTaskId: 'order-1' } }), { items: numbered(1) });
		const twice = async (onDuplicate: string) =>
			await attempt(expanding({ options: { externalTaskId: 'order-1', onDuplicate } }), { items: numbered(1) });
		const refused = errorOf(await twice('error'));
		expect(refused.message).toBe('Kling already has a task with this External Task ID');
		expect(factsOf(refused)).toMatchObject({ externalTaskId: 'order-1', taskState: 'not-created' });
		const second = twice('returnExisting');
		await expect.poll(() => creates()).toHaveLength(3);
		await finish(...taskIds());
		expect(itemsOf(await second)).toMatchObject([{ json: { taskId: taskIds()[0], status: 'succeeded' } }]);
		expect(tasks()).toHaveLength(1);
	});
});

describe('two of them in one workflow', () => {
	it('are suspended one after the other, each for its own tasks', async () => {
		const sketch: WorkflowSketch = {
			nodes: [
				{ name: 'Start', type: HELPER.start },
				{ name: 'Items', type: HELPER.items, items: numbered(2) },
				{ name: 'First {one} "of" Bob\'s', type: KLING, parameters: expanding() },
				{ name: 'Second', type: KLING, parameters: suspending('imageExpansion', { prompt: 'again', image: 'image' }) },
			],
			connections: [
				['Start', 'Items'],
				['Items', 'First {one} "of" Bob\'s'],
				['First {one} "of" Bob\'s', 'Second'],
			],
		};
		const first = await n8n.runWorkflow(sketch, { credentials, instanceUrl: 'http://127.0.0.1:1' });
		const [a = '', b = ''] = taskIds();
		await finish(a, b);
		const told = (id: string) => ({ body: { task_id: id, task_status: 'succeed' } });
		const second = (await n8n.resume(first, told(a))).run as Execution;
		expect(second.status).toBe('waiting');
		const later = taskIds().filter((id) => ![a, b].includes(id));
		expect(later).toHaveLength(2);
		expect((await n8n.resume(second, told(b))).run).toBeUndefined();
		await finish(...later);
		const { run: ended } = await n8n.resume(second, told(later[1] ?? ''));
		expect(ended?.status).toBe('success');
		expect(
			ended
				?.output('Second')
				.map(({ json }) => json.taskId)
				.sort(),
		).toEqual([...later].sort());
	});
});

describe('nothing secret', () => {
	const base64 = photo().toString('base64');
	const signed = klingCredentials(provider.url, { authentication: 'accessKey', apiKey: '', accessKey, secretKey });
	const SECRETS: Array<[string, string | RegExp]> = [
		['the API key', apiKey.slice(12, 40)],
		['the secret key', secretKey.slice(4, 24)],
		['a token', /eyJ[\w-]{8,}\.eyJ/],
		['an Authorization header', /Bearer\s+[\w-]{8,}/],
		['the beginning of an image', base64.slice(16, 48)],
		['the middle of an image', base64.slice(30_000, 30_032)],
	];
	const SIGNATURE: [string, string] = ['the signature of the execution', 'resume-token-0123456789'];
	const secret = { resumeToken: SIGNATURE[1] };
	const free = (text: string, secrets: Array<[string, string | RegExp]>) =>
		expect(
			secrets
				.filter(([, piece]) => (typeof piece === 'string' ? text.includes(piece) : piece.test(text)))
				.map(([name]) => name),
		).toEqual([]);
	const all = (value: unknown) =>
		`${JSON.stringify(value)}${inspect(value, { depth: 12, maxStringLength: null, maxArrayLength: null })}`;

	it.each([
		['API key', credentials],
		['access key', signed],
	])('is in what n8n stores, beside its own signature (%s)', async (_, own) => {
		const { row } = await suspend(expanding({ options: { passInputFields: true } }), { ...secret, credentials: own });
		const data = row.load();
		free(all(data), SECRETS);
		free(all({ ...data, resumeToken: undefined }), [SIGNATURE]);
		expect(all(data.executionData?.contextData)).toContain(taskIds()[0]);
	});

	it('is in items and log, before and after', async () => {
		const run = await suspend(expanding(), secret);
		await finish(...taskIds());
		const answer = await tell(run, taskIds()[0] ?? '');
		const told = [run, answer.run].map((each) => [
			each?.items.map(({ json }) => ({ ...json, images: undefined })),
			each?.log,
		]);
		free(all([told, answer.body, answer.log]), [...SECRETS, SIGNATURE]);
	});

	it('is in the error about an address that nobody reaches', async () => {
		const run = await attempt(expanding({ options: { allowUnreachable: false } }), {
			...secret,
			instanceUrl: 'http://user:password-0123456789@localhost:5678',
		});
		const error = errorOf(run);
		const own = Object.fromEntries(Object.getOwnPropertyNames(error).map((name) => [name, (error as never)[name]]));
		free(all([error, own, run.log]), [...SECRETS, SIGNATURE, ['the password of the address', 'password-0123456789']]);
		expect(error.message).toContain('localhost:5678');
	});

	it('is in the log of a callback that could not be taken', async () => {
		const own: Record<string, never> = { ...credentials } as never;
		const run = await suspend(expanding(), { ...secret, credentials: own });
		delete own.klingApi;
		const answer = await tell(run, taskIds()[0] ?? '');
		expect(answer.log).toHaveLength(1);
		free(all([answer.log, answer.body]), [...SECRETS, SIGNATURE]);
	});
});

describe('what n8n stores while it is suspended', () => {
	it('is small: no images, a few hundred bytes for each task', async () => {
		const { row } = await suspend(expanding(), { items: numbered(10) });
		const context = JSON.stringify(row.load().executionData?.contextData);
		expect(context.length).toBeLessThan(10 * 1_000);
	});

	it('a whole answer, where the user wants it', async () => {
		const run = await suspend(expanding({ simplify: false }), { items: numbered(5) });
		await finish(...taskIds());
		const { run: ended } = await tell(run, taskIds()[4] ?? '');
		expect(given(ended).map(({ code, data }) => [code, (data as { task_id: string }).task_id])).toEqual(
			taskIds().map((id) => [0, id]),
		);
		expect(ended?.items.map(({ binary }) => Object.keys(binary ?? {}))).toEqual(Array(5).fill(['image']));
	});

	it('settings of each item, as they were at submission', async () => {
		const run = await suspend(
			expanding({
				downloadImages: '={{ $json.number === 0 }}',
				options: { binaryPrefix: '={{ "p" + $json.number }}', passInputFields: '={{ $json.number === 1 }}' },
			}),
		);
		await finish(...taskIds());
		const { run: ended } = await tell(run, taskIds()[0] ?? '');
		expect(ended?.items.map(({ binary, json }) => [Object.keys(binary ?? {}), json.number])).toEqual([
			[['p0'], undefined],
			[[], 1],
		]);
	});

	it('an image that cannot be had is a warning, and the item goes on', async () => {
		const run = await suspend(expanding());
		await finish(...taskIds());
		control.faults([{ on: 'file', kind: 'status', status: 404, count: 1 }]);
		const { run: ended } = await tell(run, taskIds()[0] ?? '');
		expect(ended?.status).toBe('success');
		const warned = given(ended).filter(({ warnings }) => warnings);
		expect(warned).toEqual([
			expect.objectContaining({ status: 'succeeded', warnings: [expect.stringMatching(/Download Images/)] }),
		]);
		expect(ended?.items.filter(({ binary }) => binary?.image)).toHaveLength(1);
	});
});
