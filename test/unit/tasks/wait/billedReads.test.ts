/** Status requests that may be billed: they come late and seldom (docs/nodes/aliyun-portrait.md). */
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { aliyunPortrait } from '../../../../nodes/AliyunPortrait/api';
import { endpoint as portrait } from '../../../../nodes/AliyunPortrait/resources/portraitTask';
import { endpoint as userModel } from '../../../../nodes/AliyunPortrait/resources/userModel';
import { readSettings } from '../../../../nodes/tasks/item/settings';
import type { Endpoint } from '../../../../nodes/tasks/model/service';
import { Durations } from '../../../../nodes/tasks/wait/durations';
import { pauseBeforeRead } from '../../../../nodes/tasks/wait/schedule';
import { waitForTask } from '../../../../nodes/tasks/wait/waitForTask';
import { FakeClock, itemOf, type Answer } from '../support';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

/** The times of the reads in s after acceptance, of a task that takes `taskMs`. */
async function readsOf(
	endpoint: Endpoint,
	taskMs: number,
	{ chance = 0, intervalMs = 0, timeoutMs = 90 * MINUTE } = {},
): Promise<number[]> {
	const clock = new FakeClock();
	clock.chance = chance;
	const start = clock.now();
	const times: number[] = [];
	const answers = (): Answer => {
		times.push((clock.now() - start) / SECOND);
		const state = clock.now() - start >= taskMs ? 3 : 2;
		const tsk_type = endpoint.resource === 'userModel' ? 1 : 2;
		return { body: { ret: 0, body: { id: 'T1', state, tsk_type, result_paths: [] } } };
	};
	const task = aliyunPortrait.readTask({ task_id: 'T1' }, endpoint);
	const seen = { task, reply: { status: 200, headers: {}, body: {} } };
	const known = { id: 'T1', isNew: true, seen };
	await waitForTask(itemOf({ answers, clock }), endpoint, known, { timeoutMs, intervalMs, simplify: true });
	return times;
}

describe('status requests that may be billed', () => {
	it('of a portrait come after 15 s, then 15 s apart; jitter only makes them later, by a tenth at most', async () => {
		expect(await readsOf(portrait, 40 * SECOND)).toEqual([15, 30, 45]);
		const late = await readsOf(portrait, 40 * SECOND, { chance: 0.999_999 });
		expect(late.map(Math.round)).toEqual([16, 33, 49]);
		expect(late[0]).toBeLessThanOrEqual(16.5);
	});

	it('of a training come after 60 s, then 15 s apart', async () => {
		expect(await readsOf(userModel, 100 * SECOND)).toEqual([60, 75, 90, 105]);
	});

	it.each([
		['portrait', portrait, 10, 1],
		['portrait', portrait, 20, 2],
		['portrait', portrait, 30, 2],
		['portrait', portrait, 45, 3],
		['portrait', portrait, 60, 4],
		['portrait', portrait, 120, 8],
		['training', userModel, 60, 1],
		['training', userModel, 5 * 60, 17],
		['training', userModel, 10 * 60, 37],
		['training', userModel, 30 * 60, 117],
	] as const)(
		'a %s of %3$i s costs %4$i (docs/nodes/aliyun-portrait.md says so)',
		async (_, endpoint, seconds, count) => {
			expect(await readsOf(endpoint, seconds * SECOND)).toHaveLength(count);
		},
	);

	it("the user's interval wins, shorter or longer", async () => {
		expect(await readsOf(portrait, 9 * SECOND, { intervalMs: 2 * SECOND })).toEqual([2, 4, 6, 8, 10]);
		expect(await readsOf(userModel, 100 * SECOND, { intervalMs: 120 * SECOND })).toEqual([120]);
	});

	it('the last one comes at the timeout, so that what ends in time is seen in time', async () => {
		expect(await readsOf(portrait, 100 * SECOND, { timeoutMs: 20 * SECOND })).toEqual([15, 20]);
		expect(await readsOf(userModel, 100 * SECOND, { timeoutMs: 20 * SECOND })).toEqual([20]);
	});

	it('of a task of unknown age are 15 s apart after the first, and experience makes them no denser', () => {
		const clock = new FakeClock();
		const experienced = new Durations();
		for (const ms of [20, 20, 21, 22, 40]) experienced.add(ms * SECOND);
		const { waiting } = portrait;
		for (const durations of [new Durations(), experienced]) {
			const pause = (elapsed: number, isNew: boolean) =>
				pauseBeforeRead(elapsed * SECOND, { intervalMs: 0, isNew, waiting }, durations, clock);
			expect(pause(0, false)).toBeGreaterThanOrEqual(15 * SECOND);
			for (const elapsed of [15, 25, 39, 60]) expect(pause(elapsed, true)).toBeGreaterThanOrEqual(15 * SECOND);
		}
	});

	it('a training has 60 minutes, a portrait 15, unless the user says otherwise', () => {
		const timeout = (endpoint: Endpoint, options: IDataObject = {}) =>
			readSettings(itemOf({ parameters: { options } }), endpoint).timeoutMs;
		const minutes = [timeout(userModel), timeout(portrait), timeout(userModel, { timeout: 5 })].map(
			(ms) => ms / MINUTE,
		);
		expect(minutes).toEqual([60, 15, 5]);
	});
});
