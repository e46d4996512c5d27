import { NodeOperationError } from 'n8n-workflow';
import { describe, expect, it, vi } from 'vitest';

import {
	describeAlso,
	errorItem,
	factsOf,
	idText,
	inputError,
	isTaskError,
	taskError,
	withFacts,
	type Failure,
} from '../../../../nodes/tasks/model/errors';
import { node } from '../support';

const failure: Failure = {
	headline: 'Kling refused to make the image: the content was refused by the security check',
	hint: 'Change the image.',
	itemIndex: 3,
	code: 1301,
	httpStatus: 400,
	requestId: 'request-1',
	taskId: '930810057590833241',
	externalTaskId: 'n8n-abc',
	taskState: 'created',
	retryable: false,
};

const { headline: message, itemIndex, ...facts } = failure;

describe('an error carries', () => {
	it('every fact, as properties of its own', () => {
		const shown = { name: 'NodeApiError', message, httpCode: '400', context: { itemIndex } };
		expect(taskError(node, failure)).toMatchObject({ ...facts, ...shown });
	});

	it('every fact as data, which the editor shows', () => {
		expect(taskError(node, failure).context.data).toEqual(facts);
	});

	it('what to change as its description, without IDs', () => {
		expect(taskError(node, failure).description).toBe('Change the image.');
	});

	it('its facts when n8n copies it into the run data', () => {
		expect({ ...taskError(node, failure) }).toMatchObject(facts);
	});

	it('no more than is known', () => {
		const bare = taskError(node, { headline: 'm', hint: 'h', itemIndex: 0, taskState: 'not-created', retryable: true });
		expect(factsOf(bare)).toEqual({ taskState: 'not-created', retryable: true, hint: 'h' });
		expect(bare.context.data).toEqual(factsOf(bare));
	});

	it('what was made on the way, added later, as data and for the item', () => {
		const error = withFacts(withFacts(taskError(node, failure), { paths: ['u/1.jpg'] }), { userId: 'U1' });
		expect(factsOf(error)).toEqual({ ...facts, paths: ['u/1.jpg'], userId: 'U1' });
		expect(error.context.data).toEqual(factsOf(error));
	});

	it('for input that cannot be used, that nothing was sent', () => {
		const error = inputError(node, 2, 'n is 10', 'Enter 1 to 9.');
		const shown = {
			name: 'NodeOperationError',
			message: 'n is 10',
			description: 'Enter 1 to 9.',
			context: { itemIndex: 2 },
		};
		expect(error).toMatchObject(shown);
		expect(factsOf(error)).toEqual({ taskState: 'not-created', retryable: false, hint: 'Enter 1 to 9.' });
	});
});

describe('n8n does not put its own text in the place of ours', () => {
	const WORDS = [
		'ECONNREFUSED',
		'ENOTFOUND',
		'ETIMEDOUT',
		'ECONNRESET',
		'EPIPE',
		'401',
		'404',
		'429',
		'500',
		'502',
		'getaddrinfo',
	];

	it.each(WORDS)('when a service says %s', (word) => {
		const said = `no luck (${word}: really)`;
		const error = taskError(node, { ...failure, said, httpStatus: Number(word) || undefined });
		expect(error.message).toContain(`${message}: no luck (`);
		expect(error.message).not.toMatch(/E[A-Z]{4,}|getaddrinfo/);
		expect(new NodeOperationError(node, error).message).toBe(error.message);
	});

	it('when it stands within a word', () => {
		const error = taskError(node, { ...failure, said: 'the serviceAccess of typePermissions is missing' });
		expect(new NodeOperationError(node, error).message).toBe(error.message);
		expect(error.message).toContain('service-Access');
	});
});

describe('the item for Continue On Fail', () => {
	it('holds message and facts, is paired, and has nothing that n8n would cut away', () => {
		for (const onError of ['continueRegularOutput', 'continueErrorOutput'] as const) {
			expect(errorItem(taskError(node, failure), 3, onError)).toEqual({
				json: { error: message, details: facts },
				pairedItem: { item: 3 },
			});
		}
	});

	it('on n8n 1 with an error output has IDs and verdict in its text, because that output takes no other keys', async () => {
		vi.doMock('n8n-workflow', async (original) => ({ ...(await original<object>()), isBinaryValue: undefined }));
		vi.resetModules();
		const on1 = await import('../../../../nodes/tasks/model/errors');
		vi.doUnmock('n8n-workflow');
		const error = on1.taskError(node, failure);
		expect(on1.errorItem(error, 3, 'continueErrorOutput').json).toEqual({
			error: message,
			message: `${message} — Change the image. — Task ID: 930810057590833241, external task ID: n8n-abc, taskState: created, retryable: false`,
		});
		expect(on1.errorItem(error, 3, 'continueRegularOutput').json).toEqual({ error: message, details: facts });
	});
});

it('tells our errors from all others', () => {
	const errors = [
		taskError(node, failure),
		inputError(node, 0, 'a', 'b'),
		new Error('x'),
		{ taskState: 1, facts: 2 },
		null,
	];
	expect(errors.map(isTaskError)).toEqual([true, true, false, false, false]);
});

it('names the IDs that are known', () => {
	const ids = [{}, { taskId: '1' }, { externalTaskId: 'e' }, { taskId: '1', externalTaskId: 'e' }];
	expect(ids.map(idText)).toEqual(['', 'Task ID: 1', 'external task ID: e', 'Task ID: 1, external task ID: e']);
});

describe('lengths', () => {
	const long = { ...failure, headline: 'very '.repeat(50), said: 'so '.repeat(200), hint: 'Do this. '.repeat(80) };

	it('headline, message and description keep theirs; the description ends with a whole sentence', () => {
		const { message: text, description } = taskError(node, long);
		expect(text.length).toBeLessThanOrEqual(300);
		expect(text.indexOf('…: so')).toBe(89);
		expect(String(description).length).toBeLessThanOrEqual(300);
		expect(description).toMatch(/Do this\.$/);
		expect(taskError(node, { ...long, said: '' }).message).toHaveLength(90);
	});

	it('what is said of other tasks stays whole', () => {
		const also = 'The other 11 tasks are safe.';
		const { description } = describeAlso(taskError(node, long), also);
		expect(description).toMatch(/Do this\. The other 11 tasks are safe\.$/);
		expect(String(description).length).toBeLessThanOrEqual(300);
	});

	it('a service does not say IDs again', () => {
		const error = taskError(node, { ...failure, said: 'task 930810057590833241 (n8n-abc) failed' });
		expect(error.message).toBe(`${message}: task … (n8n-abc) failed`);
	});
});

describe('in the tool of an agent', () => {
	const tool = { ...node, type: `${node.type}Tool` };
	const messageFor = (change: Partial<Failure>) => taskError(tool, { ...failure, ...change }).message;

	it('the message ends with the ID of what is paid, or may be', () => {
		expect(messageFor({})).toBe(`${message}. Task ID 930810057590833241.`);
		expect(messageFor({ taskId: undefined, taskState: 'may-exist' })).toBe(`${message}. External task ID n8n-abc.`);
	});

	it('and with none where nothing is', () => {
		expect(messageFor({ taskState: 'not-created' })).toBe(message);
		expect(messageFor({ taskId: undefined, externalTaskId: undefined, taskState: 'may-exist' })).toBe(message);
	});
});
