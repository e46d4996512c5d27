/** The words in which the tests of the Kling trigger are written. */
import { afterAll, expect } from 'vitest';

import { Activated } from '../../harness/activated.ts';
import { startHarness, type PollOptions } from '../../harness/index.ts';
import { HOUR, startListServer, type Account } from './listServer.ts';

const NODE = 'n8n-nodes-kling-aliyun.klingTrigger';

export async function startTriggers() {
	const server = await startListServer();
	const n8n = await startHarness();
	afterAll(async () => await n8n.stop());
	let account = server.newAccount();
	const trigger = (parameters: PollOptions['parameters'] = {}, more: Partial<PollOptions> = {}): Activated =>
		new Activated(n8n, { node: NODE, parameters, credentials: server.credentials, ...more });
	return {
		/** An account of its own for the test that begins. */
		newAccount: (): Account => (account = server.newAccount()),
		trigger,
		/** A trigger whose first poll is over. */
		async activated(parameters: PollOptions['parameters'] = {}): Promise<Activated> {
			const made = trigger(parameters);
			expect((await made.poll()).error).toBeUndefined();
			account.now += HOUR / 60;
			return made;
		},
	};
}
