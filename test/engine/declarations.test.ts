/**
 * Each operation is declared once and run in two ways: as a custom operation, and by n8n's own routing, which some agents
 * use. Whatever is declared must arrive alike: method, path, query and body, for every operation and every option.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { INodeParameters, INodeProperties, INodePropertyOptions, INodeType } from 'n8n-workflow';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startHarness } from '../harness/index.ts';

const PACKAGE = 'n8n-nodes-kling-aliyun';

interface Received {
	method?: string;
	path: string;
	query: string;
	body: unknown;
}

/** Takes every request, and refuses it in the words of all three services. */
const received: Received[] = [];
const server = createServer(async (request, response) => {
	const parts: Buffer[] = [];
	for await (const part of request) parts.push(part as Buffer);
	const { pathname, search } = new URL(request.url ?? '', 'http://service');
	const text = Buffer.concat(parts).toString('utf8');
	// What ends now ends a bit later in the second run.
	const [query = '', body = ''] = [search, text].map((part) => part.replace(/\b\d{13}\b/g, '13'));
	received.push({ method: request.method, path: pathname, query, body: asJson(body) });
	response.writeHead(400, { 'content-type': 'application/json' });
	response.end(JSON.stringify({ code: 1200, ret: 9, message: 'no', msg: 'no' }));
});

function asJson(text: string): unknown {
	// The boundary of a form is made anew for each request.
	return text.startsWith('--n8n-')
		? text.replace(/n8n-[0-9a-f-]{36}/g, 'boundary')
		: text === ''
			? undefined
			: JSON.parse(text);
}

const custom = await startHarness();
const routed = await startHarness();
for (const node of routed.package.nodes.values()) delete (node as INodeType).customOperations;

beforeAll(async () => await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)));
afterAll(async () => {
	await custom.stop();
	await routed.stop();
	await new Promise((resolve) => server.close(resolve));
});

/** The smallest PNG that Kling takes. */
const blank = sharp({ create: { width: 300, height: 300, channels: 3, background: '#0a6' } });
const PNG = (await blank.png().toBuffer()).toString('base64');
const PHOTO = `data:image/png;base64,${PNG}`;

/** A value that the rules of the field accept, for a field of any kind. */
function sample(
	{ type, name, options = [], default: fallback }: INodeProperties,
	resource = '',
): INodeParameters[string] {
	if (type === 'resourceLocator') return { __rl: true, mode: 'id', value: 'style-1' };
	if (type === 'number') return 1;
	if (type === 'boolean') return true;
	if (type === 'options') return (options as INodePropertyOptions[]).at(-1)?.value as string;
	if (name === 'photos' && resource === 'photo') return PHOTO;
	if (name === 'photos') return Array.from({ length: 8 }, (_, index) => `user_upload/T1/${index}.jpg`);
	if (/image/i.test(name)) return 'https://example.test/image.png';
	return typeof fallback === 'string' ? `value of ${name}` : '';
}

const isShown = ({ displayOptions }: INodeProperties, resource: string, operation: string) => {
	const { show = {} } = displayOptions ?? {};
	return (show.resource ?? [resource]).includes(resource) && (show.operation ?? [operation]).includes(operation);
};

interface Case {
	node: string;
	resource: string;
	operation: string;
	/** The smallest parameters that work. */
	base: INodeParameters;
	/** One parameter or option more, each by itself. */
	changes: Array<[name: string, parameters: INodeParameters]>;
}

function casesOf(name: string): Case[] {
	const { properties } = (custom.package.nodes.get(`${PACKAGE}.${name}`) as INodeType).description;
	return properties
		.filter((property) => property.name === 'operation')
		.flatMap((property) => {
			const [resource] = (property.displayOptions?.show?.resource ?? []) as string[];
			const operations = (property.options as INodePropertyOptions[]).filter(({ routing }) => routing !== undefined);
			return operations.map((option) => caseOf(name, properties, String(resource), String(option.value)));
		});
}

function caseOf(node: string, all: INodeProperties[], resource: string, operation: string): Case {
	const shown = all.filter((property) => isShown(property, resource, operation));
	const fields = shown.filter(({ routing }) => routing?.send?.property);
	const options = (shown.find(({ name }) => name === 'options')?.options ?? []) as INodeProperties[];
	const needed = fields.filter(({ required, name }) => required || name === 'photos');
	const base: INodeParameters = {
		resource,
		operation,
		taskId: 'task-1',
		...SMALLEST,
		...Object.fromEntries(needed.map((property) => [property.name, sample(property, resource)])),
	};
	return {
		node,
		resource,
		operation,
		base,
		changes: [
			...fields.map((property): Case['changes'][number] => [
				property.name,
				{ [property.name]: sample(property, resource) },
			]),
			...options.map((option): Case['changes'][number] => [
				`options.${option.name}`,
				{ ...BESIDE[option.name], options: optionOf(option) },
			]),
		],
	};
}

/** An expansion whose image nobody has to measure, and no wait. */
const SMALLEST: INodeParameters = { expansionMode: 'ratios', upExpansionRatio: 0.5, waitForCompletion: false };

/** What an option cannot do without. */
const OLDER_MODEL = { modelName: 'kling-v2-1', image: 'https://example.test/image.png' };
const BESIDE: Record<string, INodeParameters> = {
	imageReference: OLDER_MODEL,
	imageFidelity: OLDER_MODEL,
	humanFidelity: OLDER_MODEL,
};

function optionOf(option: INodeProperties): INodeParameters {
	const values: Record<string, INodeParameters[string]> = {
		extraBody: '{"a":{"b":[1]}}',
		binaryPrefix: 'file',
		externalTaskIdPrefix: 'x-',
		elementIds: '829836802793406551',
		maxUnits: 1000,
		status: ['failed'],
	};
	if (option.type === 'dateTime') return { [option.name]: '2026-01-01T00:00:00Z' };
	return { [option.name]: values[option.name] ?? sample(option) };
}

/** Values that an expression gives as objects and arrays, by the kind of field. */
const FILE = '={{ $binary.photo }}';
const GIVEN: Array<[string, string, INodeParameters, object]> = [
	['kling', 'a file', { resource: 'imageExpansion', image: FILE }, { image: PNG }],
	['kling', 'an object', { resource: 'aiMultiShot', image: '={{ $json.images[0] }}' }, { element_frontal_image: PNG }],
	[
		'kling',
		'a list of both',
		{ resource: 'multiImageToImage', subjectImages: '={{ [$binary.photo, $json.images] }}' },
		{ subject_image_list: [{ subject_image: PNG }, { subject_image: PNG }] },
	],
	[
		'kling',
		'a series',
		{ resource: 'omniImage', resultType: '={{ "series" }}', seriesAmount: '={{ 0 }}', n: 3 },
		{ series_amount: 'auto', aspect_ratio: '16:9' },
	],
	['psTask', 'an address', { resource: 'task', imageUrl: '={{ [{ url: "/a.png" }] }}' }, { image_url: '/a.png' }],
];

const cases = ['kling', 'aliyunPortrait', 'psTask'].flatMap(casesOf);

it('there are operations of all three services', () => {
	expect(cases.length).toBeGreaterThan(20);
	expect(cases.flatMap(({ changes }) => changes).length).toBeGreaterThan(150);
});

it.each(GIVEN)('%s: %s by expression arrives alike', async (node, _, change, sent) => {
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	const credentials = {
		klingApi: { region: 'custom', baseUrl: url, apiKey: 'key-0123456789' },
		psTaskApi: { baseUrl: url },
	};
	for (const n8n of [custom, routed]) {
		received.splice(0);
		await n8n.run({
			node: `${PACKAGE}.${node}`,
			parameters: { ...SMALLEST, operation: 'create', prompt: 'p', ...change },
			credentials,
			items: [
				{
					json: { images: [{ b64_json: PNG }] },
					binary: { photo: { buffer: Buffer.from(PNG, 'base64'), mimeType: 'application/octet-stream' } },
				},
			],
			onError: 'continueRegularOutput',
		});
		expect(received[0]?.body).toMatchObject(sent);
	}
});

describe.each(cases)('$node $resource $operation', ({ node, base, changes }) => {
	it.each([['the smallest request', {}] as Case['changes'][number], ...changes])(
		'%s arrives alike',
		async (_, change) => {
			const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
			const credentials = {
				klingApi: { region: 'custom', baseUrl: url, apiKey: 'key-0123456789' },
				aliyunMarketApi: { baseUrl: url, appCodeSecret: 'code-0123456789' },
				psTaskApi: { baseUrl: url },
			};
			const run = async (n8n: typeof custom) => {
				received.splice(0);
				await n8n.run({
					node: `${PACKAGE}.${node}`,
					parameters: { ...base, ...change },
					credentials,
					items: [{ json: { taskId: 'task-1', userId: 'U1' } }],
					onError: 'continueRegularOutput',
					executionId: '1',
					resumeToken: 'the-same-execution',
				});
				return received.splice(0);
			};
			const byRouting = await run(routed);
			expect(byRouting.length).toBeGreaterThan(0);
			expect(await run(custom)).toEqual(byRouting);
		},
	);
});
