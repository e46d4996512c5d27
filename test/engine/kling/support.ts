/** One simulator and one n8n for a test file, and the words its tests are written in. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import sharp from 'sharp';
import { afterAll, beforeEach } from 'vitest';

import type { Settings } from '../../../sandbox/provider/index.ts';
import { startHarness, type HarnessOptions, type InputItem, type Run, type RunOptions } from '../../harness/index.ts';
import { klingCredentials, useProvider } from '../../harness/provider.ts';
import { file, photo } from '../support.ts';

export { count, errorOf, factsOf, file, itemsOf, photo } from '../support.ts';

export const KLING = 'n8n-nodes-kling-aliyun.kling';

export const apiKey = 'sandbox-key-singapore-0123456789abcdef0123456789abcdef';
export const accessKey = 'sandboxaccesskey0123456789abcdef';
export const secretKey = 'sandboxsecretkey0123456789abcdef';

/** Items with a photograph in `data` each, and the given JSON. */
export function photos(...jsons: IDataObject[]): InputItem[] {
	return jsons.map((json) => ({ json, binary: { data: file() } }));
}

// The simulator paints its results in this process too, which takes time for large ones.
const smallPhoto = file(await sharp(photo()).resize(300, 300).jpeg().toBuffer());

/** Items for tests with many images. */
export function smallPhotos(...jsons: IDataObject[]): InputItem[] {
	return jsons.map((json) => ({ json, binary: { data: smallPhoto } }));
}

/** Reads so often that short tasks do not make the test wait; tests about waiting leave it out. */
const often = { pollInterval: 0.1 };

type Parameters = INodeParameters & { options?: INodeParameters };

/** What a create needs beyond its defaults and a photograph. */
export const NEEDED: Record<string, INodeParameters> = {
	imageExpansion: { expansionMode: 'ratios', upExpansionRatio: 0.5 },
	imageGeneration: { prompt: 'A red kettle' },
	omniImage: { prompt: 'A red kettle' },
	element: { referImages: 'data', elementName: 'Red kettle', elementDescription: 'An enamel kettle, red' },
};

/** Create parameters of a resource, the smallest that work, with changes. */
export function create(resource: string, { options = {}, ...change }: Parameters = {}): INodeParameters {
	return { resource, operation: 'create', ...NEEDED[resource], ...change, options: { ...often, ...options } };
}

export const expand = (change: Parameters = {}) => create('imageExpansion', change);
export const multiImage = (change: Parameters = {}) => create('multiImageToImage', change);
export const generate = (change: Parameters = {}) => create('imageGeneration', change);
export const omni = (change: Parameters = {}) => create('omniImage', change);
export const element = (change: Parameters = {}) => create('element', change);
export const multiShot = (change: Parameters = {}) => create('aiMultiShot', change);

/** Starts both for a test file. Every test begins with a simulator that remembers nothing. */
export async function start(settings: Partial<Settings> = {}, harness: HarnessOptions = {}) {
	const provider = await useProvider({ taskMs: [100, 200], slots: 100, ...settings });
	const n8n = await startHarness(harness);
	afterAll(async () => await n8n.stop());
	beforeEach(() => provider.control.reset());
	const { control, credentials } = provider;
	let accounts = 0;
	const creates = () => control.requests().filter(({ method }) => method === 'POST');
	return {
		provider,
		control,
		n8n,
		/** Runs the Kling node, by default with one photograph. */
		run: async (parameters: INodeParameters, options: Partial<RunOptions> = {}): Promise<Run> =>
			await n8n.run({ node: KLING, parameters, items: photos({}), credentials, ...options }),
		/** Credentials of which this process has learnt nothing yet; the simulator takes them for the same account. */
		unknown: () => klingCredentials(provider.url, { apiKey: apiKey + ' '.repeat(++accounts) }),
		/** The creates that reached the simulator. */
		creates,
		/** True when so many tasks are submitted. */
		created: (length: number) => creates().filter(({ code }) => code === 0).length === length,
		/** Most tasks that ran at the same moment, by the provider's own book. */
		mostAtOnce(): number {
			const tasks = control.ledger();
			const during = (at: number) =>
				tasks.filter(({ createdAt, endsAt }) => createdAt <= at && (endsAt ?? Infinity) > at).length;
			return Math.max(...tasks.map(({ createdAt }) => during(createdAt)));
		},
		/** What the simulator was asked to do, oldest first, without the derived ID. */
		asked: () => control.ledger().map(({ request: { external_task_id: _, ...request } }) => request),
	};
}
