/** Images that are downloaded when a suspended execution goes on come from where images may come from. */
import { expect, it } from 'vitest';

import { klingCredentials } from '../../harness/provider.ts';
import { startImageServer } from '../imageServer.ts';
import { file, photo } from './support.ts';
import { expanding, numbered, startSuspending } from './suspendedSupport.ts';

const { control, provider, suspend, tell, finish, taskIds } = await startSuspending();
const { state, port, at } = await startImageServer((response) => void response.writeHead(200).end(photo()));
const allowing = (privateImageHosts: string) => klingCredentials(provider.url, { privateImageHosts });

/** Suspends, and goes on at the callback with a result on another private host. */
async function goOn(privateImageHosts: string) {
	control.settings({ resultBaseUrl: at('127.0.0.2') });
	const suspended = await suspend(expanding(), { items: numbered(1), credentials: allowing(privateImageHosts) });
	const [taskId = ''] = taskIds();
	await finish(taskId);
	const { run } = await tell(suspended, taskId);
	return { run, taskId };
}

it('a private host is refused: the item has its task and says what to do', async () => {
	const { run, taskId } = await goOn('');
	expect(run?.status).toBe('success');
	expect(run?.items).toHaveLength(1);
	expect(run?.items[0]).not.toHaveProperty('binary');
	expect(run?.items[0]?.json).toMatchObject({ taskId, status: 'succeeded' });
	expect(run?.items[0]?.json.warnings).toEqual([
		`The image is on a private address (127.0.0.2:${port}) (image 1 of the task). Add it to Private Image Hosts in the credential. The task is finished and paid. Read it again with the operation Get and Download Images switched on.`,
	]);
	expect(state.asked).toEqual([]);
});

it('a host that the credential allows is asked', async () => {
	const { run } = await goOn('127.0.0.0/29');
	expect(run?.status).toBe('success');
	expect(state.asked).toHaveLength(1);
});

it('files are named as it was settled at the submission: after the input, or by File Name', async () => {
	const [first, second] = numbered(2);
	const named = [first, second].map((item, index) => ({
		json: { number: index, name: ['', 'Summer/hero.jpg'][index] },
		binary: { data: { ...file(item?.binary?.data?.buffer), fileName: `shoe ${index}.jpg` } },
	}));
	const run = await suspend(expanding({ options: { fileName: '={{ $json.name }}' } }), { items: named });
	await finish(...taskIds());
	const { run: ended } = await tell(run, taskIds()[0] ?? '');
	const names = ended?.items.map(({ binary }) => Object.values(binary ?? {}).map(({ fileName }) => fileName));
	expect(names).toEqual([['shoe 0_1.png'], ['Summer_hero_1.png']]);
	for (const { json } of ended?.items ?? []) {
		expect(Object.keys(json).slice(0, 3)).toEqual(['status', 'images', 'taskId']);
		expect(json.images).toEqual([expect.objectContaining({ width: expect.any(Number), height: expect.any(Number) })]);
	}
});
