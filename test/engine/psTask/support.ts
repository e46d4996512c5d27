/** One simulator and one n8n for a test file, and the words its tests are written in. */
import type { INodeParameters } from 'n8n-workflow';
import { afterAll, beforeEach } from 'vitest';

import type { Settings } from '../../../sandbox/provider/index.ts';
import { startHarness, type Run, type RunOptions } from '../../harness/index.ts';
import { useProvider } from '../../harness/provider.ts';

export { count, errorOf, factsOf, file, itemsOf, otherTasksOf, photo } from '../support.ts';

export const PS_TASK = 'n8n-nodes-kling-aliyun.psTask';

/** A path on the machine of the simulated service: coffee is 600 × 400. */
export const PATH = '/srv/photos/coffee.jpg';

/** Reads so often that short tasks do not make the test wait. */
const often = { pollInterval: 0.1 };

type Parameters = INodeParameters & { options?: INodeParameters };

/** Parameters of a submit, the smallest that work, with changes. */
export function submit({ options = {}, ...change }: Parameters = {}): INodeParameters {
	return {
		resource: 'task',
		operation: 'create',
		imageUrl: PATH,
		prompt: 'Make it night',
		...change,
		options: { ...often, ...options },
	};
}

/** Get or Wait for Completion, on the task of the item. */
export const on = (operation: string, change: INodeParameters = {}): INodeParameters => ({
	resource: 'task',
	operation,
	...change,
});

/** Credentials without authentication; `change` adds some. */
export const psCredentials = (baseUrl: string, change: Record<string, string> = {}) => ({
	psTaskApi: { baseUrl, ...change },
});

/** Starts both for a test file. Every test begins with a simulator that remembers nothing. */
export async function start(settings: Partial<Settings> = {}) {
	const provider = await useProvider({ psTaskMs: [100, 200], ...settings });
	const n8n = await startHarness();
	afterAll(async () => await n8n.stop());
	beforeEach(() => provider.control.reset());
	const { control } = provider;
	const credentials = psCredentials(provider.url);
	let accounts = 0;
	return {
		provider,
		control,
		n8n,
		credentials,
		/** Runs the PS node. */
		run: async (parameters: INodeParameters, options: Partial<RunOptions> = {}): Promise<Run> =>
			await n8n.run({ node: PS_TASK, parameters, credentials, ...options }),
		/** Credentials of which this process has learnt nothing yet; the simulator takes them for the same account. */
		unknown: () => psCredentials(provider.url, { token: `${++accounts}` }),
		/** The submits that reached the simulator. */
		creates: () => control.requests().filter(({ on: place }) => place === 'create'),
		/** What the simulator was asked to do, oldest first. */
		asked: () => control.ledger().map(({ request }) => request),
		taskIds: () =>
			control
				.ledger()
				.map(({ taskId }) => taskId)
				.sort(),
	};
}
