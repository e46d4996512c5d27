/** One simulator and one n8n for a test file, and the words its tests are written in. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import sharp from 'sharp';
import { afterAll, beforeEach } from 'vitest';

import { sandboxAliyunAccount, type FaultRule, type Settings } from '../../../sandbox/provider/index.ts';
import { startHarness, type HarnessOptions, type InputItem, type Run, type RunOptions } from '../../harness/index.ts';
import { aliyunCredentials, useProvider, type AliyunWay } from '../../harness/provider.ts';
import { photo } from '../support.ts';

export { errorOf, factsOf, itemsOf, otherTasksOf } from '../support.ts';
export { aliyunCredentials };

export const ALIYUN = 'n8n-nodes-kling-aliyun.aliyunPortrait';

export const STYLE = '20057d0c-8cef-447e-88d0-a8f3490fd0b0';

const small = await sharp(photo('astronaut')).resize(300, 300).jpeg().toBuffer();

/** A small photo of its own: bytes after the end of a JPEG change nothing but its checksum. */
export function smallPhoto(number = 0): Buffer {
	return Buffer.concat([small, Buffer.from([number >> 8, number & 255])]);
}

/** A binary field with a photo. */
export function file(number = 0, fileName = `me-${number}.jpg`, mimeType = 'image/jpeg') {
	return { buffer: smallPhoto(number), fileName, mimeType };
}

/** An item with this many photos of its own in the fields p0, p1, … */
export function person(photos = 8, json: IDataObject = {}, from = 0): InputItem {
	return {
		json,
		binary: Object.fromEntries(Array.from({ length: photos }, (_, index) => [`p${index}`, file(from + index)])),
	};
}

/** Reads so often that short tasks do not make the test wait; tests about waiting leave it out. */
const often = { pollInterval: 0.04 };

type Parameters = INodeParameters & { options?: INodeParameters };

function operation(resource: string, name: string, { options = {}, ...change }: Parameters): INodeParameters {
	return { resource, operation: name, ...change, options: { ...often, ...options } };
}

const style = { mode: 'id', value: STYLE, __rl: true };

/** Another way to create: suspend the execution until the service calls back, at an address of this machine. */
export const suspending = ({
	options: { pollInterval: _, ...options } = {},
	...parameters
}: Parameters): INodeParameters => ({
	...parameters,
	operation: 'createAndWaitForCallback',
	options: { ...options, allowUnreachable: true },
});

export const upload = (change: INodeParameters = {}): INodeParameters => ({
	resource: 'photo',
	operation: 'upload',
	...change,
});
export const train = (change: Parameters = {}) => operation('userModel', 'create', change);
export const portray = (change: Parameters = {}) =>
	operation('portrait', 'create', { style, downloadImages: false, ...change });
export const generate = (change: Parameters = {}) =>
	operation('portrait', 'generate', { style, downloadImages: false, ...change });
export const get = (resource: string, change: INodeParameters = {}): INodeParameters => ({
	resource,
	operation: 'get',
	...change,
});
export const wait = (resource: string, change: Parameters = {}) => operation(resource, 'wait', change);
export const styles = (change: INodeParameters = {}): INodeParameters => ({
	resource: 'style',
	operation: 'getAll',
	...change,
});

/** Starts both for a test file. Every test begins with a simulator that remembers nothing. */
export async function start(settings: Partial<Settings> = {}, harness: HarnessOptions = {}) {
	const provider = await useProvider({ aliyunTaskMs: [20, 40], ...settings });
	const n8n = await startHarness(harness);
	afterAll(async () => await n8n.stop());
	beforeEach(() => provider.control.reset());
	const { control, url, aliyun: credentials } = provider;
	const requests = (on?: string) => control.requests().filter((request) => on === undefined || request.on === on);

	/** Asks the simulator without n8n, so that what is not the topic is there at once. */
	async function ask<Body = Record<string, string>>(path: string, body: BodyInit, type?: string): Promise<Body> {
		const headers: Record<string, string> = { authorization: `APPCODE ${sandboxAliyunAccount.appCode}` };
		if (type) headers['content-type'] = type;
		const response = await fetch(`${url}/cloud/${path}`, { method: 'POST', headers, body });
		const answer = (await response.json()) as { ret: number; body: Body; msg?: string };
		if (answer.ret !== 0) throw new Error(answer.msg);
		return answer.body;
	}
	const json = 'application/json; charset=UTF-8';

	/** Paths of photos that are there already. */
	async function uploaded(count = 8): Promise<string[]> {
		return await Promise.all(
			Array.from({ length: count }, async (_, index) => {
				const form = new FormData();
				form.append(
					'file',
					new File([new Uint8Array(smallPhoto(1_000 + index))], `there-${index}.jpg`, { type: 'image/jpeg' }),
				);
				return await ask<string>('upload_file', form);
			}),
		);
	}

	/** What is made meanwhile ends only when it is told to, however slow this machine is. */
	async function withoutEnd<T>(make: () => Promise<T>): Promise<T> {
		const { aliyunTaskMs } = control.settings() as unknown as Settings;
		control.settings({ aliyunTaskMs: [600_000, 600_000] });
		return await make().finally(() => control.settings({ aliyunTaskMs }));
	}

	/** A user model, by default one that is trained. */
	async function model(end: 'succeed' | 'failed' | 'partial' | 'running' = 'succeed') {
		const [path] = await uploaded(1);
		if (end === 'running') control.fates([{ fate: 'stuck', taskMs: 600_000, count: 1 }]);
		const create = async () =>
			await ask('aigc_user_model_create', JSON.stringify({ img_set: Array(8).fill(path) }), json);
		const { task_id: taskId = '', user_id: userId = '' } = await withoutEnd(create);
		if (end !== 'running') await control.finish(taskId, end);
		return { taskId, userId };
	}

	/** A portrait task of a trained model. */
	async function portrait(end?: 'succeed' | 'failed' | 'partial') {
		const { userId } = await model();
		const create = async () => await ask('aigc_task_create', JSON.stringify({ user_id: userId, style: STYLE }), json);
		const { task_id: taskId = '' } = await (end ? withoutEnd(create) : create());
		if (end) await control.finish(taskId, end);
		return { taskId, userId };
	}

	let accounts = 0;
	return {
		provider,
		control,
		n8n,
		url,
		credentials,
		signedIn: (way: AliyunWay, overrides: Record<string, string> = {}) => aliyunCredentials(url, way, overrides),
		/** Credentials of which this process has learnt nothing yet; the simulator takes them for the same account. */
		unknown: () =>
			aliyunCredentials(url, 'appCode', { appCodeSecret: sandboxAliyunAccount.appCode + ' '.repeat(++accounts) }),
		/** Runs the node, by default with one person's eight photos. */
		run: async (parameters: INodeParameters, options: Partial<RunOptions> = {}): Promise<Run> =>
			await n8n.run({ node: ALIYUN, parameters, items: [person()], credentials, ...options }),
		/** The same for an operation that suspends the execution, to the end of which it waits. */
		async runToEnd(parameters: INodeParameters, options: Partial<RunOptions> = {}): Promise<Run> {
			const { suspended, ended } = await n8n.runWaiting({
				node: ALIYUN,
				parameters,
				items: [person()],
				credentials,
				...options,
			});
			return suspended.status === 'waiting' ? await ended : suspended;
		},
		requests,
		/** What was bought, oldest first: `userModel` or `portrait`. */
		bought: () => control.ledger().map(({ resource }) => resource),
		/** What the simulator was asked to make, oldest first. */
		asked: () => control.ledger().map(({ request }) => request),
		/** The task of a resource, the only one. */
		taskOf(resource: string) {
			const found = control.ledger().filter((entry) => entry.resource === resource);
			if (found.length !== 1) throw new Error(`There are ${found.length} tasks of ${resource}`);
			return found[0]!;
		},
		/** The photos that arrived, in the order in which they came. */
		arrived: () => requests('upload').flatMap(({ upload: entry }) => (entry ? [entry] : [])),
		faults: (...rules: Array<Omit<FaultRule, 'service'>>) =>
			control.faults(rules.map((rule) => ({ service: 'aliyunPortrait', ...rule }))),
		uploaded,
		model,
		portrait,
	};
}

/** What the editor shows of an error as its data. */
export function editorDataOf(error: unknown): unknown {
	return (error as { context: { data?: unknown } }).context.data;
}

/** What an error tells a reader. */
export function textOf(error: { message: string; description?: string | null }): string {
	return `${error.message} ${error.description ?? ''}`;
}
