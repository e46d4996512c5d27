/** The words in which the tests of Create and Wait for Callback are written. */
import { createHash } from 'node:crypto';
import type { IDataObject, INodeParameters } from 'n8n-workflow';

import type { Settings } from '../../../sandbox/provider/index.ts';
import type { Execution, InputItem, Resumed, Run, RunOptions } from '../../harness/index.ts';
import { create, file, KLING, photo, start } from './support.ts';

type Parameters = INodeParameters & { options?: INodeParameters };

/** Nobody is there: callbacks of the simulator go astray, and tests send their own. */
const NOBODY = 'http://127.0.0.1:1';

/** Parameters of the operation. The addresses of tests are none that a provider could reach. */
export function suspending(resource: string, { options = {}, ...change }: Parameters = {}): INodeParameters {
	const parameters = create(resource, change);
	return { ...parameters, operation: 'createAndWaitForCallback', options: { allowUnreachable: true, ...options } };
}

export const expanding = (change: Parameters = {}) =>
	suspending('imageExpansion', { prompt: '={{ "image " + $json.number }}', ...change });

/** Items with a number and a photograph of their own each. */
export function numbered(length: number): InputItem[] {
	return Array.from({ length }, (_, number) => ({
		json: { number },
		binary: { data: file(Buffer.concat([photo(), Buffer.from([number])])) },
	}));
}

/** The digest under which the simulator remembers an item's image. */
export function digestOf({ binary }: InputItem): string {
	return createHash('sha256')
		.update(binary?.data?.buffer ?? '')
		.digest('hex');
}

/** What arrived at the node after the suspended one. */
export const given = (run?: Execution): IDataObject[] => (run?.output('Output') ?? []).map(({ json }) => json);

/** How a callback was answered that left the execution suspended. */
export function stillSuspended({ status, run, thrown }: Resumed): number {
	if (run || thrown) throw new Error(`The execution went on: ${String(thrown ?? run?.status)}`);
	return status;
}

/** A simulator whose tasks end when they are told to, and n8n. */
export async function startSuspending(settings: Partial<Settings> = {}) {
	const all = await start({ taskMs: [600_000, 600_000], ...settings });
	const { n8n, control, provider } = all;
	const { credentials } = provider;
	const options = (parameters: INodeParameters, change: Partial<RunOptions> = {}): RunOptions => ({
		node: KLING,
		parameters,
		items: numbered(2),
		credentials,
		instanceUrl: NOBODY,
		...change,
	});
	/** The tasks in the order of creation, those of one moment in that of their prompts. */
	const tasks = () =>
		control.ledger().sort((one, other) => String(one.request.prompt).localeCompare(String(other.request.prompt)));
	return {
		...all,
		credentials,
		tasks,
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
		/** A callback as Kling sends it at the end of a task. */
		async tell(run: Run, taskId: string, status = 'succeed', more: IDataObject = {}): Promise<Resumed> {
			return await n8n.resume(run, { body: { task_id: taskId, task_status: status, task_status_msg: '', ...more } });
		},
		/** Ends tasks, without a word to n8n. */
		async finish(...taskIds: string[]): Promise<void> {
			await Promise.all(taskIds.map(async (taskId) => await control.finish(taskId)));
		},
		taskIds: () => tasks().map(({ taskId }) => taskId),
		/** What the simulator was asked while something happened. */
		async askedDuring<T>(action: () => Promise<T>): Promise<[T, string[]]> {
			const before = control.requests().length;
			const result = await action();
			return [
				result,
				control
					.requests()
					.slice(before)
					.map(({ method, path, on }) => `${method} ${on === 'list' ? 'list' : path}`),
			];
		},
	};
}
