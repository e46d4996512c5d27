/** What the Kling Callback Trigger believes: an unsigned callback is only a nudge, a signed one is Kling's word. */
import { describe, expect, it } from 'vitest';

import { SECRET, signed, started, startCallbacks, type Told } from './callbackSupport.ts';

const { create, end, hook, control, reads, n8n } = await startCallbacks();

describe('an unsigned callback is only a nudge', () => {
	const nothing = async (trigger: ReturnType<typeof hook>, body: object, reason: RegExp) => {
		const answer = await trigger.call({ body });
		expect(answer).toMatchObject({ status: 200, items: [] });
		expect(answer.log.filter(({ level }) => level === 'warn').map(({ message }) => message)).toEqual([
			expect.stringMatching(reason),
		]);
	};

	it('about a task that does not exist', async () => {
		await nothing(
			hook(),
			{ task_id: '831922345678901234', task_status: 'succeed' },
			/which the account .* does not have/,
		);
	});

	it('about a task of another account', async () => {
		const told = await end(await create());
		control.settings({
			accounts: [
				{ name: 'sandbox', apiKey: 'sandbox', accessKey: 'a', secretKey: 'b' },
				{ name: 'other', apiKey: 'the-key-of-another-account', accessKey: 'c', secretKey: 'd' },
			],
		});
		await nothing(hook({}, { apiKey: 'the-key-of-another-account' }), told, /which the account .* does not have/);
	});

	it('about a task of another resource', async () => {
		await nothing(hook({ resource: 'imageExpansion' }), await end(await create()), /under this resource/);
	});

	it('about an end that is not there, until it is', async () => {
		const trigger = hook();
		const running = await create();
		const lie = await n8n.atSpeed(20, async () => await trigger.call({ body: { ...running, task_status: 'succeed' } }));
		expect(lie).toMatchObject({ status: 200, items: [] });
		expect(started(await trigger.call({ body: await end(running) }))).toBe(true);
	});

	it('that Kling itself is a moment behind of is read again', async () => {
		const running = await create();
		const answer = hook().call({ body: { ...running, task_status: 'succeed' } });
		setTimeout(() => void control.finish(running.task_id), 500);
		expect((await answer).items[0]?.json).toMatchObject({ taskId: running.task_id, status: 'succeeded' });
	});

	it('that cannot be verified now starts nothing, is named in the log, and may come again', async () => {
		const trigger = hook();
		const told = await end(await create());
		control.faults([{ on: 'get', kind: 'code', code: 1103 }]);
		const answer = await trigger.call({ body: told });
		expect(started(answer)).toBe(false);
		expect(answer.log.map(({ message }) => message).join()).toContain(told.task_id);
		control.faults([]);
		expect(started(await trigger.call({ body: told }))).toBe(true);
	});

	it('with a revoked key starts nothing, and the log names the task and what is wrong', async () => {
		const told = await end(await create());
		const { log, items } = await hook({}, { apiKey: 'revoked' }).call({ body: told });
		expect(items).toEqual([]);
		expect(log).toHaveLength(1);
		expect(log[0]?.message).toContain(`The callback of task ${told.task_id} could not be verified`);
		expect(log[0]?.message).toContain('Kling refused to show the task: the key or the region is not accepted');
	});

	it('is taken at its word where reading is switched off', async () => {
		const running = await create();
		const before = reads().length;
		const { items } = await hook({ options: { verifyByReading: false } }).call({
			body: { ...running, task_status: 'failed', task_status_msg: 'risk control' },
		});
		expect(items).toMatchObject([
			{ json: { taskId: running.task_id, status: 'failed', statusMessage: 'risk control' } },
		]);
		expect(reads().length).toBe(before);
	});
});

describe('a signed callback', () => {
	it('counts also when Kling cannot be asked, with a warning', async () => {
		control.faults([{ on: 'get', kind: 'code', code: 1103 }]);
		const told: Told = { task_id: '831922345678901235', task_status: 'succeed' };
		const { items, log } = await hook({}, { webhookSecret: SECRET }).call({ body: told, headers: signed(told) });
		expect(items[0]?.json).toMatchObject({
			taskId: told.task_id,
			status: 'succeeded',
			warnings: [expect.stringContaining('could not be read')],
		});
		expect(log).toEqual([]);
	});

	it('counts when the answer of a read stays behind it', async () => {
		const told = { ...(await create()), task_status: 'succeed' };
		const { items } = await n8n.atSpeed(
			20,
			async () => await hook({}, { webhookSecret: SECRET }).call({ body: told, headers: signed(told) }),
		);
		expect(items[0]?.json).toMatchObject({ taskId: told.task_id, status: 'succeeded' });
	});

	it('about a task that the account does not have starts nothing all the same', async () => {
		const told = { task_id: '831922345678901236', task_status: 'succeed' };
		expect(started(await hook({}, { webhookSecret: SECRET }).call({ body: told, headers: signed(told) }))).toBe(false);
	});
});
