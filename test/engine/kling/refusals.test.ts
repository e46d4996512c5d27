/** Mistakes that only the answer tells: every fact is on the error, and in the item of Continue On Fail. */
import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { isN8n1 } from '../../harness/index.ts';
import { klingCredentials } from '../../harness/provider.ts';
import { otherTasksOf } from '../support.ts';
import { accessKey, count, errorOf, expand, factsOf, multiImage, photos, secretKey, start } from './support.ts';

const { run, control, provider, n8n } = await start();

const requestId = expect.stringMatching(/^[0-9a-f-]{36}$/) as string;
const hint = (text: RegExp) => expect.stringMatching(text) as string;
const sentId = () => expect.stringMatching(/^n8n-[\w-]{32}$/) as string;
const signed = klingCredentials(provider.url, { authentication: 'accessKey', accessKey, secretKey });
/** The link without its query, which signs it. */
const resultUrl = () => `${provider.url}/files/${control.ledger()[0]?.taskId}/0.png?…`;
const get = (taskId: string): INodeParameters => ({ resource: 'imageExpansion', operation: 'get', taskId });

interface Case {
	name: string;
	parameters: INodeParameters;
	credentials?: ReturnType<typeof klingCredentials>;
	prepare?: () => void;
	message: RegExp;
	facts: () => Record<string, unknown>;
}

const refusedCreate =
	(code: number, httpStatus: number, text: RegExp, retryable = false) =>
	() => ({
		code,
		httpStatus,
		requestId,
		externalTaskId: sentId(),
		taskState: 'not-created',
		retryable,
		hint: hint(text),
	});

const CASES: Case[] = [
	{
		name: 'wrong key or region',
		parameters: expand(),
		credentials: klingCredentials(provider.url, { apiKey: 'not-the-key' }),
		message: /refused to make the image: the key or the region is not accepted/,
		facts: refusedCreate(1002, 401, /key.*region/),
	},
	{
		name: 'wrong secret key',
		parameters: expand(),
		credentials: klingCredentials(provider.url, {
			authentication: 'accessKey',
			accessKey,
			secretKey: 'not-the-secret',
		}),
		message: /the key or the region is not accepted/,
		facts: refusedCreate(1002, 401, /key.*region/),
	},
	{
		name: 'no key at all',
		parameters: expand(),
		credentials: klingCredentials(provider.url, { apiKey: '' }),
		message: /^The field API Key of the credential is empty$/,
		facts: () => ({ taskState: 'not-created', retryable: false, hint: hint(/^Fill it in\.$/) }),
	},
	{
		name: 'a fast clock',
		parameters: expand(),
		credentials: signed,
		prepare: () => control.settings({ clockOffsetMs: -120_000 }),
		message: /: .*clock of this machine is fast/,
		facts: refusedCreate(1003, 401, /clock/),
	},
	{
		name: 'a slow clock',
		parameters: expand(),
		credentials: signed,
		prepare: () => control.settings({ clockOffsetMs: 3_600_000 }),
		message: /: .*clock of this machine is slow/,
		facts: refusedCreate(1004, 401, /clock/),
	},
	{
		name: 'an unknown model',
		parameters: multiImage({ modelName: '={{ "kling-v1" }}' }),
		message: /: .*The model 'kling-v1' has been discontinued/,
		facts: refusedCreate(1203, 404, /model/),
	},
	{
		name: 'an empty resource pack, whatever HTTP 429 seems to say',
		parameters: expand(),
		prepare: () => control.faults([{ on: 'create', kind: 'code', code: 1102 }]),
		message: /^Kling refused to make the image: the resource pack is used up or has expired: /,
		facts: refusedCreate(1102, 429, /pack/),
	},
	{
		name: 'refused content',
		parameters: expand(),
		prepare: () => control.faults([{ on: 'create', kind: 'code', code: 1301 }]),
		message: /^Kling refused to make the image: the content was refused by the security check: /,
		facts: refusedCreate(1301, 400, /image or the prompt/),
	},
	{
		name: 'a field that the service does not know',
		parameters: expand({ options: { extraBody: '{"colour":"red"}' } }),
		message: /: .*Unknown parameter: colour/,
		facts: refusedCreate(1201, 400, /field/),
	},
	{
		name: 'an external ID of the user that is taken',
		parameters: expand({ options: { externalTaskId: 'mine' } }),
		prepare: () =>
			control.faults([{ on: 'create', kind: 'code', code: 1201, message: 'External_task_id mine already exists' }]),
		message: /^Kling already has a task with this External Task ID$/,
		facts: () => ({
			code: 1201,
			httpStatus: 400,
			requestId,
			externalTaskId: 'mine',
			taskState: 'not-created',
			retryable: false,
			hint: hint(/Choose another External Task ID/),
		}),
	},
	{
		name: 'an unknown task',
		parameters: get('930810057590833241'),
		message: /^Kling does not know the task: Task not found by id/,
		facts: () => ({
			code: 1201,
			httpStatus: 400,
			requestId,
			taskId: '930810057590833241',
			taskState: 'not-created',
			retryable: false,
			hint: hint(/account and region/),
		}),
	},
	{
		name: 'a failed task, with its reason',
		parameters: expand(),
		prepare: () => control.fates([{ fate: 'failed', message: 'Image pixel is invalid' }]),
		message: /^Kling could not make the image: Image pixel is invalid$/,
		facts: () => ({
			requestId,
			taskId: control.ledger()[0]?.taskId,
			externalTaskId: sentId(),
			taskState: 'created',
			retryable: false,
			hint: hint(/image or the prompt/),
		}),
	},
	{
		name: 'a dead result URL',
		parameters: expand(),
		prepare: () => control.fates([{ deadResult: true }]),
		message: /^The link is dead \(image 1 of the task\)$/,
		facts: () => ({
			httpStatus: 403,
			taskId: control.ledger()[0]?.taskId,
			externalTaskId: sentId(),
			taskState: 'created',
			retryable: false,
			hint: hint(/Get and Download Images/),
			url: resultUrl(),
		}),
	},
	{
		name: 'a result that is no image',
		parameters: expand(),
		prepare: () => control.faults([{ on: 'file', kind: 'brokenJson' }]),
		message: /^The link does not lead to an image \(image 1 of the task\)$/,
		facts: () => ({
			taskId: control.ledger()[0]?.taskId,
			externalTaskId: sentId(),
			taskState: 'created',
			retryable: false,
			hint: hint(/paid/),
			url: resultUrl(),
		}),
	},
	{
		name: 'a server that is not there',
		parameters: expand(),
		credentials: klingCredentials('http://127.0.0.1:1'),
		message: /^Nothing answers at 127\.0\.0\.1:1\. Check Region or Base URL\.$/,
		facts: () => ({
			code: 'ECONNREFUSED',
			reason: 'the connection was refused',
			externalTaskId: sentId(),
			taskState: 'not-created',
			retryable: true,
			hint: hint(/network/),
		}),
	},
	{
		name: 'a base URL that leads elsewhere',
		parameters: expand(),
		credentials: klingCredentials(`${provider.url}/_sandbox`),
		message: /refused to make the image: the answer is not one of the Kling API/,
		facts: () => ({
			httpStatus: 404,
			externalTaskId: sentId(),
			taskState: 'not-created',
			retryable: false,
			hint: hint(/base URL/),
		}),
	},
];

describe('the facts are on the error and in the item', () => {
	it.each(CASES)('$name', async ({ parameters, credentials = provider.credentials, prepare, message, facts }) => {
		prepare?.();
		const error = errorOf(await n8n.atSpeed(20, async () => await run(parameters, { credentials })));
		expect(error.message).toMatch(message);
		expect(error.name).toBe('NodeApiError');
		expect(factsOf(error)).toEqual(facts());
		expect(error.description).toContain(String(factsOf(error).hint));
		expect(error.context.data).toEqual(factsOf(error));
		// But for the values of the user and the words of the service there is no ID in the texts.
		const words = `${error.message} ${error.description}`.replace(/"[^"]*"|not found by id\/external id: \d+/g, '');
		for (const id of [factsOf(error).taskId, factsOf(error).externalTaskId]) if (id) expect(words).not.toContain(id);

		control.reset();
		prepare?.();
		const { items, status } = await n8n.atSpeed(
			20,
			async () => await run(parameters, { credentials, onError: 'continueRegularOutput' }),
		);
		expect(status).toBe('success');
		expect(items).toEqual([
			{ json: { error: expect.stringMatching(message), details: facts() }, pairedItem: { item: 0 } },
		]);
	});
});

it.each([
	['API key', klingCredentials(provider.url, { apiKey: '' })],
	['secret key', klingCredentials(provider.url, { authentication: 'accessKey', accessKey, secretKey: '' })],
])('an empty %s is found before anything is sent', async (_, credentials) => {
	expect(factsOf(errorOf(await run(expand(), { credentials })))).toMatchObject({
		taskState: 'not-created',
		retryable: false,
	});
	expect(control.requests()).toEqual([]);
});

describe('several items, one of them fails', () => {
	const parameters = expand({ prompt: '={{ $json.prompt }}', downloadImages: false });
	const items = photos({ prompt: 'calm' }, { prompt: 'a storm' }, { prompt: 'quiet' });
	const prepare = () =>
		control.fates([{ match: { promptIncludes: 'storm' }, fate: 'failed', taskMs: 50 }, { taskMs: 600 }]);

	const failedTask = () => control.ledger().find(({ status }) => status === 'failed');

	it('Continue On Fail: the others succeed', async () => {
		prepare();
		const { items: output } = await run(parameters, { items, onError: 'continueRegularOutput' });
		expect(output.map(({ json, pairedItem }) => [json.status, pairedItem])).toEqual([
			['succeeded', { item: 0 }],
			[undefined, { item: 1 }],
			['succeeded', { item: 2 }],
		]);
		expect(output[1]?.json.details).toMatchObject({ taskId: failedTask()?.taskId, taskState: 'created' });
	});

	it('error output: each on its own, paired', async () => {
		prepare();
		const { items: output, errorItems } = await run(parameters, { items, onError: 'continueErrorOutput' });
		expect(output.map(({ json, pairedItem }) => [json.status, pairedItem])).toEqual([
			['succeeded', { item: 0 }],
			['succeeded', { item: 2 }],
		]);
		const taskId = failedTask()?.taskId;
		// n8n 1.x takes no details there, so the message names the task.
		const facts = isN8n1
			? expect.objectContaining({ message: expect.stringMatching(new RegExp(`risk control.* — Task ID: ${taskId}`)) })
			: expect.objectContaining({ details: expect.objectContaining({ taskState: 'created', taskId }) });
		expect(errorItems.map(({ json: { error, ...rest }, pairedItem }) => [error, rest, pairedItem])).toEqual([
			[expect.stringContaining('risk control'), facts, { item: 1 }],
		]);
	});

	it('Stop Workflow: the failing one rejects last and carries the other tasks', async () => {
		prepare();
		const result = await run(parameters, { items });
		const error = errorOf(result);
		expect(error.context).toMatchObject({ itemIndex: 1 });
		expect(result.elapsedMs).toBeGreaterThan(600);
		const tasks = control.ledger();
		expect(tasks).toHaveLength(3);
		const idsOf = (prompt: string) => {
			const { taskId, externalTaskId } = tasks.find(({ request }) => request.prompt === prompt) ?? {};
			return { taskId, externalTaskId, taskState: 'created' };
		};
		expect(factsOf(error)).toMatchObject({
			...idsOf('a storm'),
			otherTasks: [
				{ itemIndex: 0, ...idsOf('calm'), status: 'succeeded' },
				{ itemIndex: 2, ...idsOf('quiet'), status: 'succeeded' },
			],
		});
		expect(error.description).toContain(
			'The other 2 tasks are safe. Retry this execution from the Executions list: they are reused, not paid again.',
		);
	});

	it('two that fail: both have settled, and the first one is told', async () => {
		control.fates([{ fate: 'failed' }]);
		const error = errorOf(await run(expand(), { items: photos(...count(2)) }));
		expect(error.context).toMatchObject({ itemIndex: 0 });
		expect(factsOf(error)).toMatchObject({
			taskState: 'created',
			otherTasks: [{ itemIndex: 1, status: 'failed', taskState: 'created' }],
		});
		expect([factsOf(error).taskId, ...otherTasksOf(error)].sort()).toEqual(
			control
				.ledger()
				.map(({ taskId }) => taskId)
				.sort(),
		);
		// A failed task is not used again.
		expect(error.description).not.toContain('safe');
	});
});
