/** The words in which the tests of Create and Wait for Callback are written, for user models and portraits. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { Settings } from '../../../sandbox/provider/index.ts';
import type { Callback, Execution, Resumed, Run, RunOptions } from '../../harness/index.ts';
import { ALIYUN, person, portray, start, train } from './support.ts';

type Parameters = INodeParameters & { options?: INodeParameters };

/** Nobody is there: callbacks of the simulator go astray, and tests send their own. */
const NOBODY = 'http://127.0.0.1:1';

const operation = 'createAndWaitForCallback';
const reachable = { allowUnreachable: true };

/** Parameters of the operation. The addresses of tests are none that a provider could reach. */
export const training = ({ options, ...change }: Parameters = {}) => ({
	...train(change),
	operation,
	options: { ...reachable, ...options },
});
export const portraying = ({ options, ...change }: Parameters = {}) => ({
	...portray(change),
	operation,
	options: { ...reachable, ...options },
});

/** What arrived at the node after the suspended one. */
export const given = (run?: Execution): IDataObject[] => (run?.output('Output') ?? []).map(({ json }) => json);

/** How a callback was answered that left the execution suspended. */
export function stillSuspended({ status, run, thrown }: Resumed): number {
	if (run || thrown) throw new Error(`The execution was resumed: ${String(thrown ?? run?.status)}`);
	return status;
}

/** A simulator whose tasks end when they are told to, and n8n. */
export async function startSuspending(settings: Partial<Settings> = {}) {
	const all = await start({ aliyunTaskMs: [600_000, 600_000], ...settings });
	const { n8n, control, credentials, requests } = all;
	const options = (parameters: INodeParameters, change: Partial<RunOptions> = {}): RunOptions => ({
		node: ALIYUN,
		parameters,
		items: [person()],
		credentials,
		instanceUrl: NOBODY,
		...change,
	});
	return {
		...all,
		/** Runs the node, which must suspend. */
		async suspend(parameters: INodeParameters, change: Partial<RunOptions> = {}): Promise<Run> {
			const run = await n8n.run(options(parameters, change));
			if (run.status !== 'waiting') throw run.error ?? new Error(`The run ended with ${run.status}`);
			return run;
		},
		/** Runs the node, whatever becomes of it. */
		attempt: async (parameters: INodeParameters, change: Partial<RunOptions> = {}) =>
			await n8n.run(options(parameters, change)),
		/** Runs the node in an n8n that the simulator's callbacks reach. */
		live: async (parameters: INodeParameters, change: Partial<RunOptions> = {}) =>
			await n8n.runWaiting(options(parameters, change)),
		/** A callback in the form of an answer to a query. */
		tell: async (run: Run, id: string, state = 3): Promise<Resumed> =>
			await n8n.resume(run, { body: { ret: 0, body: { id, state } } }),
		call: async (run: Run, callback: Callback = {}): Promise<Resumed> => await n8n.resume(run, callback),
		/** The tasks of a resource that this test bought with the node, as the items name them. */
		idsOf: (run: Run): string[] => run.items.map(({ json }) => String(json.taskId)),
		/** Ends tasks, without a word to n8n. */
		async finish(...taskIds: string[]): Promise<void> {
			await Promise.all(taskIds.map(async (taskId) => await control.finish(taskId)));
		},
		/** How many queries, each of which may be billed, something cost. */
		async queriesOf<T>(action: () => Promise<T>): Promise<[T, number]> {
			const before = requests('get').length;
			return [await action(), requests('get').length - before];
		},
	};
}
