/** Images that are downloaded when a suspended execution goes on come from where images may come from. */
import { expect, it } from 'vitest';

import { klingCredentials } from '../../harness/provider.ts';
import { startImageServer } from '../imageServer.ts';
import { factsOf } from '../support.ts';
import { photo } from './support.ts';
import { expanding, numbered, startSuspending } from './suspendedSupport.ts';

const { control, provider, suspend, tell, finish, taskIds, n8n } = await startSuspending();
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

it('a private host is refused, the task is not lost, and a retry gets it once the host is allowed', async () => {
	const { run, taskId } = await goOn('');
	expect(run?.error?.message).toBe(
		`The image is on a private address (127.0.0.2:${port}). Add it to Private Image Hosts in the credential.`,
	);
	expect(factsOf(run?.error)).toMatchObject({ taskState: 'created', taskId });
	expect(state.asked).toEqual([]);
	if (!run) throw new Error('It sleeps on');
	await n8n.retry(run, { credentials: allowing('127.0.0.2') });
	expect(control.ledger()).toHaveLength(1);
});

it('a host that the credential allows is asked', async () => {
	const { run } = await goOn('127.0.0.0/29');
	expect(run?.status).toBe('success');
	expect(state.asked).toHaveLength(1);
});
