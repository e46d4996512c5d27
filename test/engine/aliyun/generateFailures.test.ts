/** Portrait: Generate From Photos, where it fails or is stopped: what is paid for is never lost. */
import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import type { Run } from '../../harness/index.ts';
import { expectNothingUnhandled, stoppedWhen } from '../support.ts';
import { editorDataOf, errorOf, factsOf, generate, get, itemsOf, otherTasksOf, person, start } from './support.ts';

const { run, control, requests, bought, taskOf, model, faults, arrived, n8n } = await start();

const one = (json: object) => ({ items: [{ json: json as never }] });
const paths = () => taskOf('userModel').request.img_set as string[];

describe('a failure half-way carries what exists, in the error and in the error item', () => {
	interface Case {
		name: string;
		prepare(): void;
		options?: INodeParameters;
		message: RegExp;
		facts(): object;
		/** What was bought by then. */
		left: string[];
	}
	const madeModel = () => ({
		userId: taskOf('userModel').userId,
		modelTaskId: taskOf('userModel').taskId,
		paths: paths(),
	});
	const uploadedPaths = () => ({ paths: expect.arrayContaining(arrived().map(({ path }) => path)) as string[] });
	const CASES: Case[] = [
		{
			name: 'the last upload is refused',
			prepare: () =>
				faults(
					{ on: 'upload', kind: 'delay', ms: 1, count: 7 },
					{ on: 'upload', kind: 'gateway', code: 'I413RL', count: 1 },
				),
			message: /refused to take me-\d\.jpg: the request is too large/,
			facts: () => ({ taskState: 'not-created', code: 'I413RL', ...uploadedPaths() }),
			left: [],
		},
		{
			name: 'the training is refused',
			prepare: () => faults({ on: 'create', resource: 'userModel', kind: 'gateway', code: 'B403MQ' }),
			message: /refused to make the .*: the calls of the package are used up/,
			facts: () => ({ taskState: 'not-created', ...uploadedPaths() }),
			left: [],
		},
		{
			name: 'the answer to the training is lost',
			prepare: () => faults({ on: 'create', resource: 'userModel', kind: 'dropAfter' }),
			message: /No answer/,
			facts: () => ({ taskState: 'may-exist', paths: paths() }),
			left: ['userModel'],
		},
		{
			name: 'the training fails',
			prepare: () => control.fates([{ match: { resource: 'userModel' }, fate: 'failed' }]),
			message: /could not make the user model: no reason given/,
			facts: () => ({ taskState: 'created', taskId: taskOf('userModel').taskId, ...madeModel() }),
			left: ['userModel'],
		},
		{
			name: 'the training succeeds in part',
			prepare: () => control.fates([{ match: { resource: 'userModel' }, fate: 'partial' }]),
			message: /only in part/,
			facts: () => ({ taskState: 'created', taskId: taskOf('userModel').taskId, ...madeModel() }),
			left: ['userModel'],
		},
		{
			name: 'the training takes too long',
			prepare: () => control.fates([{ match: { resource: 'userModel' }, fate: 'stuck' }]),
			options: { trainingTimeout: 0.005, onTimeout: 'error' },
			message: /still working after 0\.3 seconds/,
			facts: () => ({ taskState: 'created', taskId: taskOf('userModel').taskId, ...madeModel() }),
			left: ['userModel'],
		},
		{
			name: 'the training cannot be read any more',
			prepare: () => faults({ on: 'get', resource: 'userModel', kind: 'gateway', code: 'B403MQ' }),
			message: /refused to show the task: the calls of the package are used up/,
			facts: () => ({ taskState: 'created', taskId: taskOf('userModel').taskId, ...madeModel() }),
			left: ['userModel'],
		},
		{
			name: 'the portrait is refused',
			prepare: () => faults({ on: 'create', resource: 'portrait', kind: 'code', code: 77, message: 'no more today' }),
			message: /refused to make the portraits: the service does not accept it: no more today$/,
			facts: () => ({ taskState: 'not-created', code: 77, ...madeModel() }),
			left: ['userModel'],
		},
		{
			name: 'the answer to the portrait is lost',
			prepare: () => faults({ on: 'create', resource: 'portrait', kind: 'dropAfter' }),
			message: /No answer/,
			facts: () => ({ taskState: 'may-exist', ...madeModel() }),
			left: ['userModel', 'portrait'],
		},
		{
			name: 'the portrait fails',
			prepare: () => control.fates([{ match: { resource: 'portrait' }, fate: 'failed' }]),
			message: /could not make the portraits: no reason given/,
			facts: () => ({ taskState: 'created', taskId: taskOf('portrait').taskId, ...madeModel() }),
			left: ['userModel', 'portrait'],
		},
		{
			name: 'the portrait takes too long',
			prepare: () => control.fates([{ match: { resource: 'portrait' }, fate: 'stuck' }]),
			options: { timeout: 0.005, onTimeout: 'error' },
			message: /still working after 0\.3 seconds/,
			facts: () => ({ taskState: 'created', taskId: taskOf('portrait').taskId, ...madeModel() }),
			left: ['userModel', 'portrait'],
		},
		{
			name: 'an image is dead',
			prepare: () => control.fates([{ match: { resource: 'portrait' }, deadResult: true, pictures: 1 }]),
			message: /image 1 of the task/,
			facts: () => ({ taskState: 'created', taskId: taskOf('portrait').taskId, ...madeModel() }),
			left: ['userModel', 'portrait'],
		},
	];

	it.each(CASES)('$name', async ({ prepare, options = {}, message, facts, left }) => {
		const parameters = generate({ downloadImages: true, options });
		prepare();
		const error = errorOf(await run(parameters));
		expect(error.message).toMatch(message);
		expect(factsOf(error)).toMatchObject(facts());
		expect(bought()).toEqual(left);
		expect(editorDataOf(error)).toEqual(factsOf(error));
		const { taskId, userId, modelTaskId } = factsOf(error);
		const words = error.message.replace(/"http[^"]*"/, '');
		for (const id of [taskId, userId, modelTaskId]) if (id) expect(words).not.toContain(id);

		control.reset();
		prepare();
		const { items, status } = await run(parameters, { onError: 'continueRegularOutput' });
		expect(status).toBe('success');
		expect(items).toHaveLength(1);
		expect(items[0]).toMatchObject({
			json: { error: expect.stringMatching(message), details: facts() },
			pairedItem: { item: 0 },
		});
	});

	it('of two people one fails: the other has portraits', async () => {
		control.fates([{ match: { resource: 'userModel', nth: 1 }, fate: 'failed' }]);
		const { items } = await run(generate(), {
			items: [person(8, {}, 0), person(8, {}, 30)],
			onError: 'continueRegularOutput',
		});
		const ended = items.map(({ json }) => json.status ?? (json.details as object));
		expect(ended).toHaveLength(2);
		expect(ended).toContainEqual('succeeded');
		expect(ended).toContainEqual(
			expect.objectContaining({ modelTaskId: expect.any(String), userId: expect.any(String) }),
		);
	});

	it('a failed training is an item, if so set, and no portrait is asked for', async () => {
		control.fates([{ match: { resource: 'userModel' }, fate: 'failed' }]);
		const [item] = itemsOf(await run(generate({ options: { onTaskFailed: 'returnItem' } })));
		expect(item?.json).toMatchObject({ resource: 'userModel', status: 'failed', userId: taskOf('userModel').userId });
		expect(bought()).toEqual(['userModel']);
	});

	it('a portrait later than its timeout is the pending item, and Get brings all that is known', async () => {
		control.fates([{ match: { resource: 'portrait' }, fate: 'stuck' }]);
		const [pending] = itemsOf(await run(generate({ options: { timeout: 0.005 } })));
		expect(pending?.json).toMatchObject({
			resource: 'portrait',
			userId: taskOf('userModel').userId,
			modelTaskId: taskOf('userModel').taskId,
		});
		await control.finish(String(pending?.json.taskId));
		const [item] = itemsOf(await run(get('portrait'), one(pending?.json ?? {})));
		expect(item?.json).toMatchObject({
			status: 'succeeded',
			userId: taskOf('userModel').userId,
			modelTaskId: taskOf('userModel').taskId,
		});
	});
});

it('an error of the whole run carries what another item has made', async () => {
	const { userId } = await model();
	control.fates([
		{ match: { resource: 'portrait', nth: 2 }, fate: 'failed', taskMs: 50 },
		{ match: { resource: 'portrait' }, taskMs: 400 },
	]);
	const error = errorOf(await run(generate({ photos: '', options: { userId } }), { items: [{}, {}] }));
	const portraits = control.ledger().flatMap(({ resource, taskId }) => (resource === 'portrait' ? [taskId] : []));
	const { taskId, otherTasks } = factsOf(error);
	expect(portraits).toHaveLength(2);
	expect(portraits).toContain(taskId);
	expect(otherTasksOf(error)).toEqual(portraits.filter((id) => id !== taskId));
	expect(otherTasks).toMatchObject([{ userId, status: 'succeeded', taskState: 'created' }]);
});

describe('Stop', () => {
	expectNothingUnhandled();
	const warnings = ({ log }: Run) => log.filter(({ level }) => level === 'warn').map(({ message }) => message);

	const asked = (resource: string, operation: string) =>
		requests(operation).some((request) => request.resource === resource);

	it('during the training ends it within a second and names the task', async () => {
		control.fates([{ match: { resource: 'userModel' }, fate: 'stuck' }]);
		const result = await stoppedWhen(
			() => asked('userModel', 'get'),
			async (signal) => await run(generate(), { signal }),
		);
		expect(result.status).toBe('canceled');
		expect(result.stoppedAfterMs).toBeLessThan(1_000);
		expect(warnings(result)).toEqual([expect.stringContaining(taskOf('userModel').taskId)]);
	});

	it('during the training names the user ID too, which the service never tells again', async () => {
		control.fates([{ match: { resource: 'userModel' }, fate: 'stuck' }]);
		const result = await stoppedWhen(
			() => asked('userModel', 'get'),
			async (signal) => await run(generate(), { signal }),
		);
		expect(warnings(result)).toEqual([expect.stringContaining(String(taskOf('userModel').userId))]);
	});

	it('during the portrait names the portrait that runs on', async () => {
		control.fates([{ match: { resource: 'portrait' }, fate: 'stuck' }]);
		const { userId } = await model();
		const result = await stoppedWhen(
			() => asked('portrait', 'get'),
			async (signal) => await run(generate({ options: { userId } }), { signal }),
		);
		expect(result.stoppedAfterMs).toBeLessThan(1_000);
		expect(warnings(result)).toEqual([expect.stringContaining(taskOf('portrait').taskId)]);
	});

	it('during the uploads buys nothing, and a retry sends all photos, not those of before', async () => {
		faults({ on: 'upload', kind: 'delay', ms: 1_000 });
		// The second one waits in line behind the first one's photos.
		const result = await stoppedWhen(
			() => requests('upload').length > 4,
			async (signal) => await run(generate(), { items: [person(12), person(12, {}, 40)], signal }),
		);
		expect(result.stoppedAfterMs).toBeLessThan(1_000);
		expect(bought()).toEqual([]);
		expect(arrived().length).toBeLessThan(12);
		faults();
		const items = itemsOf(await n8n.retry(result));
		const names = items.map(({ json }) =>
			(json.paths as string[]).map((path) => arrived().find((entry) => entry.path === path)?.fileName),
		);
		expect(names).toEqual([0, 40].map((from) => Array.from({ length: 12 }, (_, index) => `me-${from + index}.jpg`)));
	});

	it('during the create of a training says that it may exist', async () => {
		faults({ on: 'create', resource: 'userModel', kind: 'delay', ms: 3_000 });
		const result = await stoppedWhen(
			() => asked('userModel', 'create'),
			async (signal) => await run(generate(), { signal }),
		);
		expect(result.stoppedAfterMs).toBeLessThan(1_000);
		expect(warnings(result)).toEqual([expect.stringContaining('may exist')]);
	});
});
