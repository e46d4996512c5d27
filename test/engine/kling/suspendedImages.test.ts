/** Images that are downloaded when a suspended execution goes on come from where images may come from. */
import { expect, it } from 'vitest';

import { klingCredentials } from '../../harness/provider.ts';
import { startImageServer } from '../imageServer.ts';
import { photo } from './support.ts';
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
		`The image is on a private address (127.0.0.2:${port}). Add it to Private Image Hosts in the credential. Get it with the operation Get, Download Images switched on, and the task ID.`,
	]);
	expect(state.asked).toEqual([]);
});

it('a host that the credential allows is asked', async () => {
	const { run } = await goOn('127.0.0.0/29');
	expect(run?.status).toBe('success');
	expect(state.asked).toHaveLength(1);
});
