/** Mistakes that only the answer tells: every fact is on the error, and in the item of Continue On Fail. */
import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { sandboxPsAccount, type FaultRule, type Settings } from '../../../sandbox/provider/index.ts';
import { isN8n1 } from '../../harness/index.ts';
import { errorOf, factsOf, itemsOf, on, otherTasksOf, psCredentials, start, submit } from './support.ts';

const { run, control, provider, credentials: open, creates, n8n } = await start();

const hint = (text: RegExp) => expect.stringMatching(text) as string;
const unknown = on('get', { taskId: 'no-such-task' });

interface Case {
	name: string;
	parameters?: INodeParameters;
	credentials?: ReturnType<typeof psCredentials>;
	settings?: Partial<Settings>;
	fault?: Omit<FaultRule, 'on'>;
	message: RegExp;
	facts: object;
}

const notCreated = { taskState: 'not-created', retryable: false };
const { token, headerName } = sandboxPsAccount;

const CASES: Case[] = [
	{
		name: 'no token',
		settings: { psAuth: 'bearer' },
		message: /^PS Task refused to make the image: the credential is not accepted: Unauthorized$/,
		facts: { code: 401, httpStatus: 401, ...notCreated, hint: hint(/Authentication in the credential/) },
	},
	{
		name: 'a wrong token',
		settings: { psAuth: 'bearer' },
		credentials: psCredentials(provider.url, { authentication: 'bearer', token: `${token}x` }),
		message: /^PS Task refused to make the image: access was refused: Forbidden$/,
		facts: { code: 403, httpStatus: 403, ...notCreated, hint: hint(/Authentication in the credential/) },
	},
	{
		name: 'a wrong header',
		settings: { psAuth: 'header' },
		credentials: psCredentials(provider.url, { authentication: 'header', headerName, headerSecret: 'wrong' }),
		message: /^PS Task refused to make the image: access was refused: Forbidden$/,
		facts: { code: 403, httpStatus: 403, ...notCreated, hint: hint(/token or the header/) },
	},
	{
		name: 'an empty token',
		credentials: psCredentials(provider.url, { authentication: 'bearer', token: '' }),
		message: /^The field Token of the credential is empty$/,
		facts: { taskState: 'not-created', retryable: false, hint: 'Fill it in.' },
	},
	{
		name: 'a missing base URL',
		credentials: psCredentials(''),
		message: /The field Base URL of the credential is empty$/,
		facts: { taskState: 'not-created', retryable: false, hint: 'Fill it in.' },
	},
	{
		name: 'a base URL without https://',
		credentials: psCredentials('ps.example.com'),
		message: /^The field Base URL of the credential is not an address/,
		facts: { taskState: 'not-created', retryable: false, hint: 'It begins with https://.' },
	},
	{
		name: 'a base URL that leads elsewhere',
		credentials: psCredentials(`${provider.url}/_sandbox`),
		message: /^PS Task refused to make the image: there is nothing at this address/,
		facts: { httpStatus: 404, ...notCreated, hint: hint(/base URL/) },
	},
	{
		name: 'a field that the service does not know',
		parameters: submit({ options: { extraBody: '{"colour":"red"}' } }),
		message: /^PS Task refused to make the image: the request is not valid: Unknown parameter: colour$/,
		facts: { code: 400, httpStatus: 400, ...notCreated, hint: hint(/field/) },
	},
	{
		name: 'another code under HTTP 200',
		parameters: submit({ options: { extraBody: '{"colour":"red"}' } }),
		settings: { psRefusalsUnder200: true },
		message: /^PS Task refused to make the image: the request is not valid: Unknown parameter: colour$/,
		facts: { code: 400, httpStatus: 200, ...notCreated, hint: hint(/field/) },
	},
	{
		name: 'a reason under message instead of msg',
		parameters: submit({ options: { extraBody: '{"colour":"red"}' } }),
		settings: { psMessageKey: 'message' },
		message: /: Unknown parameter: colour$/,
		facts: { code: 400, httpStatus: 400, ...notCreated, hint: hint(/field/) },
	},
	{
		name: 'a status of no row',
		fault: { kind: 'code', code: 418, message: 'I am a teapot' },
		message: /^PS Task refused to make the image: the service reports a failure: I am a teapot$/,
		facts: { code: 418, httpStatus: 418, ...notCreated, hint: hint(/message/) },
	},
	{
		name: 'an unknown task as 404',
		parameters: unknown,
		message: /^PS Task does not know the task: Task not found$/,
		facts: { code: 404, httpStatus: 404, taskId: 'no-such-task', ...notCreated, hint: hint(/Check the ID/) },
	},
	{
		name: 'an unknown task as 404 under HTTP 200, for the operation Wait',
		parameters: on('wait', { taskId: 'no-such-task' }),
		settings: { psRefusalsUnder200: true },
		message: /does not know the task: Task not found$/,
		facts: { code: 404, httpStatus: 200, taskId: 'no-such-task', ...notCreated, hint: hint(/Check the ID/) },
	},
];

describe('the facts are on the error and in the item', () => {
	it.each(CASES)(
		'$name',
		async ({ parameters = submit(), credentials = open, settings = {}, fault, message, facts }) => {
			const prepare = () => {
				control.settings(settings);
				if (fault) control.faults([{ on: 'create', ...fault }]);
			};
			prepare();
			const error = errorOf(await run(parameters, { credentials }));
			expect(error.message).toMatch(message);
			expect(error.name).toBe('NodeApiError');
			expect(factsOf(error)).toEqual(facts);
			expect(error.description).toContain(String(factsOf(error).hint));
			expect(error.context.data).toEqual(factsOf(error));

			control.reset();
			prepare();
			const { items, status } = await run(parameters, { credentials, onError: 'continueRegularOutput' });
			expect(status).toBe('success');
			expect(items).toEqual([
				{ json: { error: expect.stringMatching(message), details: facts }, pairedItem: { item: 0 } },
			]);
			expect(control.ledger()).toEqual([]);
		},
	);
});

describe('500 on a read', () => {
	const reads = () => control.requests().filter(({ on: place }) => place === 'get').length;

	it('of an unknown task, said in words: repeated, then the task is unknown', async () => {
		control.settings({ psUnknownTask: 500 });
		const error = errorOf(await n8n.atSpeed(20, async () => await run(unknown)));
		expect(error.message).toBe('PS Task does not know the task: Task not found');
		expect(factsOf(error)).toMatchObject({
			code: 500,
			httpStatus: 500,
			taskId: 'no-such-task',
			taskState: 'not-created',
		});
		expect(reads()).toBe(4);
	});

	it('that says nothing of a task: repeated, then an error that names both readings', async () => {
		control.faults([{ on: 'get', kind: 'status', status: 500 }]);
		const error = errorOf(await n8n.atSpeed(20, async () => await run(unknown)));
		expect(error.message).toBe('PS Task does not know the task, or is broken: Internal error');
		expect(factsOf(error)).toEqual({
			code: 500,
			httpStatus: 500,
			taskId: 'no-such-task',
			taskState: 'may-exist',
			retryable: true,
			hint: hint(/service is broken: try again later.*does not know the task.*404 and 500.*check the task ID\.$/),
		});
		expect(reads()).toBe(4);
	});

	it('ends a wait for a task that was never seen after 30 s, and the message survives Continue On Fail', async () => {
		control.faults([{ on: 'get', kind: 'status', status: 500 }]);
		const wait = { ...unknown, operation: 'wait', taskId: 'a1b2' };
		const error = errorOf(await n8n.atSpeed(20, async () => await run(wait)));
		expect(error.message).toBe('PS Task does not know the task, or is broken: Internal error');
		const items = [{ json: {} }, { json: {} }];
		const going = await n8n.atSpeed(20, async () => await run(wait, { items, onError: 'continueRegularOutput' }));
		expect(itemsOf(going).map(({ json }) => json.error)).toEqual(Array(2).fill(error.message));
	});

	it('once or twice is no matter', async () => {
		control.faults([{ on: 'get', kind: 'status', status: 500, count: 2 }]);
		expect(itemsOf(await run(submit({ downloadImages: false })))[0]?.json.status).toBe('succeeded');
		expect(creates()).toHaveLength(1);
	});
});

it.each(['dropBefore', 'dropAfter', 'html502', 'brokenJson', 'truncatedJson', 'tooMany'] as const)(
	'a read that fails by %s is not a failed task',
	async (kind) => {
		control.faults([{ on: 'get', kind, count: 1 }]);
		expect(itemsOf(await run(submit({ downloadImages: false })))[0]?.json.status).toBe('succeeded');
		expect(creates()).toHaveLength(1);
	},
);

it('a task that a read does not find just after its submit is waited for, and then unknown, but paid', async () => {
	control.fates([{ fate: 'vanishes' }]);
	const error = errorOf(await n8n.atSpeed(20, async () => await run(submit({ options: { pollInterval: 3 } }))));
	const [task] = control.ledger();
	expect(error.message).toBe('PS Task does not know the task: Task not found');
	expect(factsOf(error)).toMatchObject({ code: 404, taskId: task?.taskId, taskState: 'created' });
	expect(creates()).toHaveLength(1);
});

describe('a result that is gone', () => {
	it.each([
		['a dead link', () => control.fates([{ deadResult: true }]), /^The link is dead \(image 1 of the task\)$/],
		[
			'no image',
			() => control.faults([{ on: 'file', kind: 'brokenJson' }]),
			/^The link does not lead to an image \(image 1 of the task\)$/,
		],
	])('%s: the task is paid, and the error says how to get it', async (_, prepare, message) => {
		prepare();
		const error = errorOf(await run(submit()));
		expect(error.message).toMatch(message);
		expect(factsOf(error)).toMatchObject({
			taskId: control.ledger()[0]?.taskId,
			taskState: 'created',
			hint: hint(/paid.*Get/),
		});
	});
});

describe('several items, one of them fails', () => {
	const parameters = submit({ prompt: '={{ $json.prompt }}', downloadImages: false });
	const items = ['calm', 'a storm', 'quiet'].map((prompt) => ({ json: { prompt } }));
	const prepare = () =>
		control.fates([{ match: { promptIncludes: 'storm' }, fate: 'failed', taskMs: 50 }, { taskMs: 500 }]);

	it('Continue On Fail: the others succeed', async () => {
		prepare();
		const { items: output } = await run(parameters, { items, onError: 'continueRegularOutput' });
		expect(output.map(({ json, pairedItem }) => [json.status, pairedItem])).toEqual([
			['succeeded', { item: 0 }],
			[undefined, { item: 1 }],
			['succeeded', { item: 2 }],
		]);
		const failed = control.ledger().find(({ status }) => status === 'failed');
		expect(output[1]).toEqual({
			json: {
				error: 'PS Task could not make the image: AI processing failed',
				details: { taskId: failed?.taskId, taskState: 'created', retryable: false, hint: expect.any(String) },
			},
			pairedItem: { item: 1 },
		});
	});

	it('error output: each on its own, paired', async () => {
		prepare();
		const { items: output, errorItems } = await run(parameters, { items, onError: 'continueErrorOutput' });
		expect(output.map(({ json, pairedItem }) => [json.status, pairedItem])).toEqual([
			['succeeded', { item: 0 }],
			['succeeded', { item: 2 }],
		]);
		const { taskId } = control.ledger().find(({ status }) => status === 'failed') ?? {};
		// n8n 1.x takes no details there, so the message names the task.
		const facts = isN8n1
			? expect.objectContaining({ message: expect.stringContaining(` — Task ID: ${taskId}`) })
			: expect.objectContaining({ details: expect.objectContaining({ taskState: 'created', taskId }) });
		expect(errorItems.map(({ pairedItem, json: { error: _, ...rest } }) => [pairedItem, rest])).toEqual([
			[{ item: 1 }, facts],
		]);
	});

	it('Stop Workflow: the failing one rejects last and carries the other tasks', async () => {
		prepare();
		const error = errorOf(await run(parameters, { items }));
		expect(error.context).toMatchObject({ itemIndex: 1 });
		const taskOf = (prompt: string) => control.ledger().find(({ request }) => request.prompt === prompt)?.taskId;
		expect(factsOf(error)).toMatchObject({
			taskId: taskOf('a storm'),
			taskState: 'created',
			otherTasks: [
				{ itemIndex: 0, taskId: taskOf('calm'), status: 'succeeded', taskState: 'created' },
				{ itemIndex: 2, taskId: taskOf('quiet'), status: 'succeeded', taskState: 'created' },
			],
		});
		expect(error.description).toContain('The other 2 tasks are safe.');
		expect(new Set([factsOf(error).taskId, ...otherTasksOf(error)])).toEqual(
			new Set(control.ledger().map(({ taskId }) => taskId)),
		);
	});
});
