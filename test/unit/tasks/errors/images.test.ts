/**
 * Texts of all that can be wrong with an image: what an entry names, what the node holds, what a link leads to, and what a
 * result is. Every headline of images/ must be among them.
 */
import { Readable } from 'node:stream';
import type { IDataObject, INodeExecutionData, INodeProperties } from 'n8n-workflow';
import sharp from 'sharp';
import { afterEach, describe, expect, it, vi } from 'vitest';

import { AliyunPortrait } from '../../../../nodes/AliyunPortrait/AliyunPortrait.node';
import { aliyunPortrait } from '../../../../nodes/AliyunPortrait/api';
import { uploadPhotos } from '../../../../nodes/AliyunPortrait/photos';
import { Kling } from '../../../../nodes/Kling/Kling.node';
import { refuseUnfitImages } from '../../../../nodes/tasks/images/check';
import { downloadImages } from '../../../../nodes/tasks/images/download';
import { findImageFields, type ImageField } from '../../../../nodes/tasks/images/fields';
import { fetchLink } from '../../../../nodes/tasks/images/link';
import { loadImageFields, loadImageFile, type LoadableImage } from '../../../../nodes/tasks/images/load';
import { measure } from '../../../../nodes/tasks/images/measure';
import { ImageProblem, type ImageReference } from '../../../../nodes/tasks/images/reference';
import { sizedRequest } from '../../../../nodes/tasks/operations/sized';
import { isTaskError, type TaskError } from '../../../../nodes/tasks/model/errors';
import type { Settings } from '../../../../nodes/tasks/item/settings';
import { ImageHosts } from '../../../../nodes/tasks/util/imageHosts';
import { binaryOf, endpoint, itemOf, networkError, type TestItem } from '../support';
import { textsIn } from './sources';
import { textProblems } from './texts';

/** Names of the fields that take images, in all nodes. */
const LABELS = [
	...new Set(
		[new Kling(), new AliyunPortrait()]
			.flatMap(({ description }) => description.properties as INodeProperties[])
			.filter(({ name, type }) => type === 'string' && /image|photo/i.test(name) && !/url/i.test(name))
			.map(({ displayName }) => displayName),
	),
];

const LIMITS = {
	isDocumented: true,
	formats: ['image/jpeg', 'image/png'],
	shortestSide: 300,
	longestRatio: 2.5,
	mostBytes: 10_000_000,
};

/** n8n's storage says what is wrong with it. */
const SAID = 'with what the service says';

/** All texts that were told, for the last test. */
const told = new Set<string>();

/** Asserts that something fails with a TaskError whose texts keep the rule. */
async function expectRefused(work: () => Promise<unknown>, words?: Parameters<typeof textProblems>[1]) {
	const error = await work().then(
		() => undefined,
		(reason: unknown) => reason,
	);
	expect(isTaskError(error), `it is no error of ours: ${String(error)}`).toBe(true);
	const { message, description } = error as TaskError;
	told.add(message).add(String(description));
	expect(textProblems(error as TaskError, words)).toEqual([]);
}

afterEach(() => vi.restoreAllMocks());

it('the fields that take images are known', () => {
	expect(LABELS).toEqual(expect.arrayContaining(['Image', 'Subject Images', 'Scene Image', 'Photos']));
});

const long = 'a-name-as-long-as-they-come-'.repeat(20);
const text = 'no image at all, whatever its name says';
const file = (name: string) => ({ [name]: binaryOf(Buffer.from('%PDF-1.7 and so on'), 'application/pdf') });
const ITEMS: Array<[string, INodeExecutionData]> = [
	['without files', { json: {} }],
	[
		'with many files',
		{ json: {}, binary: Object.assign({}, ...[1, 2, 3, 4].map((number) => file(`${long}${number}`))) },
	],
	['with one file', { json: {}, binary: file('report') }],
];

const described = { mimeType: 'image/png', fileName: 'a.png', fileSize: '5 kB' };
const ENTRIES: unknown[] = [
	...['', '  ', 'nothing-of-that-name', long, '*', 'data:image/png,abc', 'data:image/png;base64,!!', `data:${long}`],
	...[
		'https://',
		'https://x y/a.png',
		`https://x.test/${'a'.repeat(70_000)}`,
		'QUJD'.repeat(200),
		'ftp://x.test/a.png',
	],
	...[12, true, null, [], {}, { a: 1 }, { url: 5 }, { url: long }, { [long]: 1 }, { url: 'https://' }],
	...[Buffer.from(text), { type: 'Buffer', data: [1, 2, 3] }, described, { a: described, b: described }],
	{ a: { ...binaryOf(Buffer.from(text), 'text/plain'), id: 'filesystem-v2:a' } },
	Array.from({ length: 10_001 }, () => 'https://x.test/a.png'),
];

describe.each(ITEMS)('an entry of an item %s', (_, input) => {
	it.each(ENTRIES.map((entry) => [String(JSON.stringify(entry)).slice(0, 40), entry]))('%s', async (_name, entry) => {
		for (const label of LABELS)
			for (const list of [undefined, { parameter: 'images', most: 4 }]) {
				// A field for one image takes no list at all.
				if (!list && Array.isArray(entry)) continue;
				const fields: ImageField[] = [{ field: 'image', label, list }];
				const body = { image: entry } as IDataObject;
				await expectRefused(async () => await findImageFields(itemOf({ items: [input] }), body, fields));
			}
	});
});

describe('how many images there are', () => {
	const url = 'https://x.test/a.png';
	it.each([
		['none', [], { parameter: 'images', most: 4 }],
		['too few', [url], { parameter: 'images', least: 8, most: 20 }],
		['still too few', [url, url], { parameter: 'images', least: 8, most: 20 }],
		['too many', Array(9999).fill(url), { parameter: 'images', most: 4 }],
		['two for one', [url, url], undefined],
	])('%s', async (_, image, list) => {
		for (const label of LABELS)
			await expectRefused(async () => await findImageFields(itemOf(), { image }, [{ field: 'image', label, list }]));
	});

	it('a file that may be one of two', async () => {
		const binary = { [long]: binaryOf(Buffer.from('a')), other: binaryOf(Buffer.from('b')) };
		const items = [{ json: {}, binary }];
		for (const label of LABELS)
			await expectRefused(
				async () =>
					await findImageFields(itemOf({ items }), { image: { mimeType: 'image/png', fileType: undefined } } as never, [
						{ field: 'image', label },
					]),
			);
	});
});

const blank = (width: number, height: number) => sharp({ create: { width, height, channels: 3, background: '#0a6' } });
const png = await blank(400, 400).png().toBuffer();
const jpeg = await blank(400, 400).jpeg().toBuffer();
const largePng = () => {
	const chunk = Buffer.alloc(10_000_001);
	chunk.writeUInt32BE(chunk.length - 12, 0);
	chunk.write('tEXt', 4);
	return Buffer.concat([png.subarray(0, -12), chunk, png.subarray(-12)]);
};
const heic = Buffer.concat([Buffer.from('0000001c667479706865696300000000', 'hex'), Buffer.alloc(500)]);

/** Files that are no image, of every kind that is told. */
const OTHERS: Array<[string, Buffer]> = [
	['nothing', Buffer.alloc(0)],
	['a web page', Buffer.from('<!doctype html><title>Log in</title>')],
	['an SVG', Buffer.from('<svg xmlns="http://www.w3.org/2000/svg">')],
	['XML', Buffer.from('<?xml version="1.0"?><Error/>')],
	['JSON', Buffer.from('{"error":"no"}')],
	['a PDF', Buffer.from('%PDF-1.7 and so on')],
	['a TIFF', Buffer.from('II*\0and so on and on')],
	['a ZIP', Buffer.from('PK\x03\x04and so on and on')],
	['a film', Buffer.from('\0\0\0\x18ftypmp42and so on', 'latin1')],
	['the text of a data URI', Buffer.from('data:image/png;base64,AAAA')],
	['noise', Buffer.alloc(300, 7)],
];

const HELD: Array<[string, () => Buffer | Promise<Buffer>]> = [
	...OTHERS.map(([name, bytes]): [string, () => Buffer] => [name, () => bytes]),
	['a WebP', async () => await blank(400, 400).webp().toBuffer()],
	['a GIF', async () => await blank(400, 400).gif().toBuffer()],
	['an AVIF', async () => await blank(400, 400).avif({ effort: 0 }).toBuffer()],
	['a HEIC', () => heic],
	['a cut JPEG', () => jpeg.subarray(0, -100)],
	['a small image', async () => await blank(10_000, 1).png().toBuffer()],
	['a wide image', async () => await blank(15_000, 300).png().toBuffer()],
	['a tall image', async () => await blank(300, 15_000).png().toBuffer()],
	['a large file', largePng],
];

const binary = (bytes: Buffer, name = 'data'): ImageReference => ({
	kind: 'binary',
	name,
	binary: { ...binaryOf(bytes), fileName: `${name}.png` },
});

describe('what the node holds is refused before it is sent', () => {
	it.each(HELD)('%s', async (_, make) => {
		const bytes = await make();
		for (const label of LABELS)
			for (const name of ['data', long]) {
				const references = [
					...Array<ImageReference>(11).fill({ kind: 'url', url: 'https://x.test/a' }),
					binary(bytes, name),
				];
				const field: ImageField = { field: 'image', label, list: { parameter: 'images', most: 20 }, limits: LIMITS };
				await expectRefused(async () => await refuseUnfitImages(itemOf(), [{ field, references }]));
			}
	});

	it('a file that the storage does not give', async () => {
		const item = itemOf();
		item.files.readParts = async () => await Promise.reject(new Error(`ENOENT: no such file, open '/${long}'`));
		const field: ImageField = { field: 'image', label: 'Subject Images', limits: LIMITS };
		await expectRefused(async () => await refuseUnfitImages(item, [{ field, references: [binary(png)] }]), SAID);
	});
});

describe('a file is refused while it is loaded', () => {
	it.each(OTHERS)('%s', async (_, bytes) => {
		for (const label of LABELS)
			for (const name of ['data', long])
				await expectRefused(
					async () =>
						await loadImageFields(itemOf(), {}, [
							{ field: { field: 'image', label }, references: [binary(bytes, name)] },
						]),
				);
	});

	it('base64 that is no image, and a HEIC photo', async () => {
		const base64: LoadableImage = { kind: 'base64', base64: 'AAAA' };
		const loaded = await loadImageFile(itemOf(), base64, 'a', aliyunPortrait.connection);
		await expectRefused(async () => await Promise.reject((loaded as ImageProblem).errorFor(itemOf(), 'Photos')));
		await expectRefused(async () => await uploadPhotos(itemOf(), [binary(heic, long)]));
	});
});

type Served = { statusCode?: number; headers?: Record<string, string>; body?: Buffer } | Error;

/** Everything that a link may lead to. */
const LINKS: Array<[string, Served, url?: string]> = [
	...OTHERS.map(([name, body]): [string, Served] => [name, { body }]),
	...[400, 401, 403, 404, 410, 429, 500, 503].map((statusCode): [string, Served] => [
		`HTTP ${statusCode}`,
		{ statusCode },
	]),
	['text', { body: Buffer.from('Access denied'), headers: { 'content-type': 'text/plain' } }],
	['a file of 60 MB', { body: png, headers: { 'content-length': '60000000' } }],
	['itself', { statusCode: 302, headers: { location: 'https://x.test/again' } }],
	['a redirect to what is no address', { statusCode: 302, headers: { location: 'ftp://x.test/a' } }],
	['a private address', {}, 'http://10.0.0.1:12345/a.png'],
	['a long name of this machine', {}, `http://${'a-very-long-name.'.repeat(10)}localhost/a.png`],
	['the keys of a cloud', {}, 'http://169.254.169.254/latest/meta-data'],
	['a lost connection', networkError('ECONNRESET')],
	[
		'nobody',
		networkError('ENOTFOUND', 'getaddrinfo ENOTFOUND x.test'),
		`https://${'a-very-long-name.'.repeat(10)}test/a`,
	],
	['a proxy that is down', networkError('ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:3128')],
	['a proxy that nobody knows', networkError('ENOTFOUND', `getaddrinfo ENOTFOUND ${long}.test`)],
	["n8n's own protection", Object.assign(new Error('blocked'), { name: 'SsrfBlockedIpError' })],
];
const LINK = `https://x.test/${long}.jpg?Signature=s3cret`;

function serving(served: Served): TestItem {
	const item = itemOf();
	const fetch: TestItem['fetch'] = async () => {
		if (served instanceof Error) throw served;
		const { statusCode = 200, headers = {}, body = Buffer.from('no') } = served;
		return { statusCode, headers, body: Readable.from([body]) as never };
	};
	return { ...item, fetch };
}

const hosts = ImageHosts.of({ privateImageHosts: '' }, 'https://service.test');
const images = (url: string, count = 1) => Array.from({ length: count }, (_, index) => ({ index, url }));
const taskOf = (url: string, more: object = {}) => ({
	service: 'kling',
	resource: 'imageExpansion',
	taskId: '930810057590833241',
	externalTaskId: 'n8n-5fb1c0ffee',
	status: 'succeeded' as const,
	images: images(url),
	...more,
});

/** A link of the user's to an image, of which the size alone is asked for. */
const unreadable = {
	link: 'The size of the image cannot be read from its link. Choose Custom Sides, or pass the file.',
	file: 'The size of the image cannot be read. Choose Custom Sides, or pass another file.',
};

async function measured(item: TestItem, reference: ImageReference) {
	const field = { field: 'image', label: 'Image' };
	const sized = {
		field: 'image',
		isWanted: () => true,
		complete: () => ({ body: {}, aspectRatio: '1:1' }),
		unreadable,
	};
	const made = { body: {}, images: [{ field, references: [reference] }] } as never;
	const { checking } = await sizedRequest(item, endpoint, {} as Settings, sized, made, () => made);
	return await checking;
}

describe.each(LINKS)('a link to %s', (_, served, url = LINK) => {
	it('that the user gave', async () => {
		const got = (await fetchLink(serving(served), hosts, url)) as ImageProblem;
		for (const label of LABELS) await expectRefused(async () => await Promise.reject(got.errorFor(itemOf(), label)));
	});

	it('whose image is to be measured', async () => {
		await expectRefused(async () => await measured(serving(served), { kind: 'url', url }));
	});

	it('that a task has as its result, also where it has expired', async () => {
		for (const more of [{ images: images(url, 100).slice(99) }, { expiresAt: '2020-01-01T00:00:00.000Z' }])
			await expectRefused(async () => await downloadImages(serving(served), endpoint, taskOf(url, more)));
	});
});

describe('an image that', () => {
	it('comes too slowly', async () => {
		const rung = () => {
			const timer = new AbortController();
			queueMicrotask(() => timer.abort());
			return timer.signal;
		};
		vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) =>
			ms === 60_000 ? rung() : new AbortController().signal,
		);
		const item = itemOf();
		item.lookUp = async () => await new Promise(() => undefined);
		const got = (await fetchLink(item, hosts, LINK)) as ImageProblem;
		await expectRefused(async () => await Promise.reject(got.errorFor(itemOf(), 'Subject Images')));
		await expectRefused(async () => await downloadImages(item, endpoint, taskOf(LINK)));
	});

	it('the storage does not take', async () => {
		const item = serving({ body: png });
		item.files.store = async () => await Promise.reject(new Error('ENOSPC: no space left on device, write'));
		await expectRefused(async () => await downloadImages(item, endpoint, taskOf(LINK)), SAID);
	});

	it('has no size, or none that can be read', async () => {
		await expectRefused(async () => await measured(itemOf(), { kind: 'path', path: 'a/b.png' }));
		await expectRefused(async () => await measured(itemOf(), binary(jpeg.subarray(0, 20))));
		const item = itemOf();
		item.files.readParts = async () => await Promise.reject(new Error(`ENOENT: no such file, open '/${long}'`));
		await expectRefused(async () => await measured(item, binary(png)));
		expect(await measure(itemOf(), aliyunPortrait.connection, binary(png))).toEqual({ width: 400, height: 400 });
	});
});

/** A headline that only repeats a value is in every text. */
const saysSomething = ({ text: words }: { text: string }) => words.replaceAll('…', '').trim().length > 4;

// Last: it sees what all the others were told.
it('every headline of the sources about images is among them', () => {
	const unseen = ['nodes/tasks/images', 'nodes/AliyunPortrait']
		.flatMap(textsIn)
		.filter(({ role, file: source }) => role === 'headline' && /images\/|photos\.ts/.test(source))
		.filter(saysSomething)
		.filter(({ pattern }) => ![...told].some((text) => pattern.test(text)));
	expect(unseen.map(({ file: source, text: words }) => `${source}: ${words}`)).toEqual([]);
});
