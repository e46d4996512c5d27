/** The Kling trigger against the simulator, which makes real tasks. */
import { expect, it } from 'vitest';

import { Activated } from '../../harness/activated.ts';
import { dice } from './listServer.ts';
import { apiKey, smallPhotos, start } from './support.ts';

const HOUR = 3_600_000;
const { provider, control, n8n } = await start({ slots: 1_000, taskMs: [HOUR, HOUR] });

const image = smallPhotos({})[0]?.binary?.data?.buffer.toString('base64');
const PATHS: Record<string, object> = {
	'/v1/images/editing/expand': {
		image,
		up_expansion_ratio: 0.1,
		down_expansion_ratio: 0,
		left_expansion_ratio: 0,
		right_expansion_ratio: 0,
	},
	'/v1/images/multi-image2image': { subject_image_list: [{ subject_image: image }] },
	'/v1/general/ai-multi-shot': { element_frontal_image: image },
};

async function create(number: number): Promise<string> {
	const [path, body] = Object.entries(PATHS)[number % 3]!;
	const response = await fetch(provider.url + path, {
		method: 'POST',
		headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
		body: JSON.stringify({ ...body, external_task_id: `fate-${number}` }),
	});
	const { data, message } = (await response.json()) as { data?: { task_id: string }; message: string };
	if (!data) throw new Error(message);
	return data.task_id;
}

const POLLS = 20;
const TASKS = 250;

it('250 tasks of mixed fate, made and finished in random order over 20 polls with lag, shuffle, 5xx and broken JSON: each once', async () => {
	const chance = dice(5);
	const trigger = new Activated(n8n, {
		node: 'n8n-nodes-kling-aliyun.klingTrigger',
		credentials: provider.credentials,
	});
	const running = [await create(0)];
	await trigger.poll();
	control.faults([
		{ on: 'list', kind: 'shuffle' },
		{ on: 'list', kind: 'lag', ms: 400, probability: 0.5 },
		{ on: 'list', kind: 'status', status: 503, probability: 0.08 },
		{ on: 'list', kind: 'brokenJson', probability: 0.08 },
		{ on: 'list', kind: 'dropAfter', probability: 0.04 },
	]);
	const fates = new Map<string, string>();
	const finish = (id: string) => {
		const fate = chance() < 0.3 ? 'failed' : 'succeed';
		fates.set(id, fate === 'failed' ? 'failed' : 'succeeded');
		control.finish(id, fate);
	};
	for (let poll = 0, made = 1; poll < POLLS; poll += 1) {
		const until = poll === POLLS - 1 ? TASKS : Math.min(TASKS, made + Math.floor(chance() * 30));
		for (; made < until; made += 1) running.push(await create(made));
		for (const id of running.filter(() => chance() < 0.4)) finish(id);
		running.splice(0, running.length, ...running.filter((id) => !fates.has(id)));
		await trigger.poll();
		if (poll % 7 === 6) trigger.restart();
	}
	for (const id of running) finish(id);
	control.faults([]);
	await trigger.poll();
	await trigger.poll();
	expect(fates.size).toBe(TASKS);
	expect(trigger.ids).toHaveLength(TASKS);
	expect(new Map(trigger.items.map(({ taskId, status }) => [taskId, status]))).toEqual(fates);
}, 180_000);
