import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { startProvider, type Provider } from '../../../../sandbox/provider';
import { appCode, ask, eight, query, style, styleQuery, train, trainedUser } from '../support/aliyun';
import { send } from '../support/http';
import { bodyOf, multiShot, post } from '../support/kling';
import { resultOf, submitTask } from '../support/ps';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ taskMs: [60_000, 60_000] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

const control = async (path: string, init: RequestInit = {}) => await send(provider, `/_sandbox${path}`, init);

test('one ledger holds the tasks of all services in the order of their creation', async () => {
	const user_id = await trainedUser(provider);
	await post(provider, multiShot, await bodyOf(multiShot));
	await ask(provider, '/cloud/aigc_task_create', { user_id, style });
	await submitTask(provider);
	provider.control.settings({ clockOffsetMs: -3_600_000 });
	await post(provider, multiShot, await bodyOf(multiShot));
	const made = [
		'aliyunPortrait userModel',
		'kling ai-multi-shot',
		'aliyunPortrait portrait',
		'psTask task',
		'kling ai-multi-shot',
	];
	expect(provider.control.ledger().map(({ service, resource }) => `${service} ${resource}`)).toEqual(made);
	expect((await control('/ledger')).json).toHaveLength(5);
});

test('uploads and queries are counted in the journal', async () => {
	const { json } = await ask(provider, train, { img_set: await eight(provider) });
	await query(provider, json.body.task_id);
	await query(provider, json.body.task_id);
	await send(provider, styleQuery, { headers: appCode });
	const counts: Record<string, number> = {};
	for (const { on, resource } of provider.control.requests())
		counts[`${on} ${resource}`] = (counts[`${on} ${resource}`] ?? 0) + 1;
	expect(counts).toEqual({ 'upload photo': 8, 'create userModel': 1, 'get userModel': 2, 'list style': 1 });
});

test("tasks of every service are ended by their ID, and only a portrait service's can be partial", async () => {
	const { json: kling } = await post(provider, multiShot, await bodyOf(multiShot));
	const { json: ps } = await submitTask(provider);
	const { json: aliyun } = await ask(provider, train, { img_set: await eight(provider) });
	const ids: string[] = [kling.data.task_id, ps.data.task_id, aliyun.body.task_id];
	const ends = await Promise.all(
		ids.map(
			async (id) => await control(`/tasks/${id}/finish`, { method: 'POST', body: JSON.stringify({ fate: 'partial' }) }),
		),
	);
	expect(ends.map(({ status }) => status)).toEqual([400, 400, 200]);
	expect(ends[2]!.json).toMatchObject({ status: 'partial', chargedUnits: 1 });
	for (const id of ids.slice(0, 2))
		expect(await provider.control.finish(id, 'failed', 'why')).toMatchObject({
			status: 'failed',
			statusMessage: 'why',
		});
	expect((await control(`/tasks/${ids[1]}`)).json).toMatchObject({ service: 'psTask', status: 'failed' });
});

test('reset forgets tasks and uploads of all services, and the nonces', async () => {
	const img_set = await eight(provider);
	const { json } = await ask(provider, train, { img_set });
	const { json: ps } = await submitTask(provider);
	provider.control.reset();
	expect(provider.control.ledger()).toEqual([]);
	expect((await query(provider, json.body.task_id)).ret).toBe(1002);
	expect((await send(provider, resultOf(ps.data.task_id))).status).toBe(404);
	expect((await ask(provider, train, { img_set })).json.msg).toContain('was never uploaded');
});
