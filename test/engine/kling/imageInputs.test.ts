/** What people hand over as an image: files by expression, objects, labels that say nothing, base64 in lines, URLs as they are. */
import { createHash } from 'node:crypto';
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { isN8n1, startHarness, type InputItem } from '../../harness/index.ts';
import { startImageServer } from '../imageServer.ts';
import { errorOf, expand, file, itemsOf, KLING, multiImage, multiShot, photo, start } from './support.ts';
import { suspending } from './suspendedSupport.ts';

const { control, n8n, provider, run, creates } = await start({}, { binaryMode: 'filesystem' });
const { credentials } = provider;
const inMemory = await startHarness({ binaryMode: 'default' });
const { at, state } = await startImageServer((response) => void response.writeHead(200).end(small));

const small = await sharp(photo()).resize(320, 320).jpeg().toBuffer();
const picture = (number: number) => Buffer.concat([small, Buffer.from([number])]);
const [one, two] = [picture(1), picture(2)];
const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');
const inLines = (text: string) => text.replace(/(.{76})/g, '$1\r\n');

/** The digests of the images in what the simulator was asked, in their order. */
const received = () => [...JSON.stringify(control.ledger()).matchAll(/"sha256":"(\w+)"/g)].map(([, digest]) => digest);

const generic: InputItem = {
	json: {
		url: 'https://files.example.com/a.png',
		lines: inLines(one.toString('base64')),
		list: [one, two]
			.map((bytes) => `data:image/jpeg;name=a.jpg;charset=utf-8;base64,${inLines(bytes.toString('base64'))}`)
			.join('\n'),
		images: [{ index: 0, b64_json: one.toString('base64') }, { base64: two.toString('base64') }],
		openai: { created: 1, data: [{ b64_json: one.toString('base64') }] },
		part: { type: 'image_url', image_url: { url: `data:image/jpeg;base64,${one.toString('base64')}` } },
	},
	binary: {
		photo: { buffer: one, fileName: 'photo', mimeType: 'application/octet-stream' },
		note: { buffer: Buffer.from('only a text'), fileName: 'note', mimeType: 'text/plain' },
		other: { buffer: two, fileName: 'other', mimeType: 'IMAGE/JPEG; charset=binary' },
	},
};
const photoAlone: InputItem = {
	binary: { photo: generic.binary?.photo as never, note: generic.binary?.note as never },
};

/** What is handed over, the parameters, the item, and the images that arrive. */
const CASES: Array<[string, INodeParameters, InputItem, Buffer[]]> = [
	['the default, with a label that says nothing', expand(), photoAlone, [one]],
	['the default: the only one whose label says image', expand(), generic, [two]],
	['*, labels of both kinds', multiImage({ subjectImages: '*' }), generic, [one, two]],
	['$binary.photo', expand({ image: '={{ $binary.photo }}' }), generic, [one]],
	['a file of the node before', multiShot({ image: "={{ $('Items').item.binary.other }}" }), generic, [two]],
	['$input.item.binary', expand({ image: '={{ $input.item.binary.photo }}' }), generic, [one]],
	['an array of files', multiImage({ subjectImages: '={{ [$binary.other, $binary.photo] }}' }), generic, [two, one]],
	['$binary as a whole', multiImage({ subjectImages: '={{ $binary }}' }), generic, [one, two]],
	[
		'a scene by expression',
		multiImage({ subjectImages: 'photo', sceneImage: '={{ $binary.other }}' }),
		generic,
		[one, two],
	],
	['objects', multiImage({ subjectImages: '={{ $json.images }}' }), generic, [one, two]],
	['one object', expand({ image: '={{ $json.images[1] }}' }), generic, [two]],
	['an array of one', expand({ image: '={{ [$json.images[0]] }}' }), generic, [one]],
	['the answer of another service', expand({ image: '={{ $json.openai }}' }), generic, [one]],
	['a part of a chat', expand({ image: '={{ $json.part }}' }), generic, [one]],
	['base64 in lines', multiImage({ subjectImages: '=photo\n{{ $json.lines }}\nother' }), generic, [one, one, two]],
	['data URIs in lines', multiImage({ subjectImages: '={{ $json.list }}' }), generic, [one, two]],
];

describe.each([
	['files', n8n],
	['memory', inMemory],
])('n8n keeps binaries in %s', (_, at) => {
	it.each(CASES)('%s', async (_name, parameters, item, images) => {
		const result = await at.run({
			node: KLING,
			parameters: { ...parameters, downloadImages: false },
			items: [item],
			credentials,
		});
		expect(itemsOf(result)[0]?.json.status).toBe('succeeded');
		expect(received()).toEqual(images.map(sha256));
	});
});

describe('URLs', () => {
	it.each([
		[
			'with spaces and letters of other scripts',
			'http://x.test/my 图片.jpg',
			'http://x.test/my%20%E5%9B%BE%E7%89%87.jpg',
		],
		[
			'encoded and signed stay as they are',
			'http://x.test/a%2Bb.jpg?Signature=a%2Fb%3d&x=1+2',
			'http://x.test/a%2Bb.jpg?Signature=a%2Fb%3d&x=1+2',
		],
	])('%s', async (_, given, sent) => {
		const address = (text: string) => text.replace('http://x.test', at('127.0.0.1'));
		for (const image of ['={{ $json.url }}', '={{ [$json.url] }}', '={{ { url: $json.url } }}']) {
			control.reset();
			itemsOf(
				await run({ ...expand({ image }), downloadImages: false }, { items: [{ json: { url: address(given) } }] }),
			);
			expect(control.ledger()[0]?.request.image).toBe(address(sent));
		}
		expect(state.asked.length).toBeGreaterThan(0);
	});
});

it('a suspended create takes the same', async () => {
	const parameters = suspending('multiImageToImage', { subjectImages: '={{ [$binary.photo, $json.images[1]] }}' });
	const { status } = await run(parameters, { items: [generic], instanceUrl: 'http://127.0.0.1:1' });
	// Its task may have ended before it would have been suspended.
	expect(['success', 'waiting']).toContain(status);
	expect(received()).toEqual([one, two].map(sha256));
});

it("an agent's tool takes the files and objects of its item", async () => {
	const calls = [[{ image: one.toString('base64') }]];
	for (const image of ["={{ $fromAI('image') }}", '={{ $json.images[0] }}']) {
		control.reset();
		const parameters = { ...expand({ image }), downloadImages: false };
		const { answers } = await n8n.runAsTool({ node: KLING, credentials, parameters, items: [generic], calls });
		expect((answers[0]?.answer as IDataObject[])[0]).toMatchObject({ status: 'succeeded' });
		expect(received()).toEqual([sha256(one)]);
	}
});

// n8n 1.x has no combined mode.
if (!isN8n1) {
	describe('in the combined mode', () => {
		const settings = { binaryMode: 'combined' } as const;
		const photos = [one, two].map((bytes) => ({
			mimeType: 'image/jpeg',
			fileName: 'x',
			data: bytes.toString('base64'),
		}));

		it.each([
			['*', [one, two]],
			['photos', [one, two]],
			['photos[1]', [two]],
			['={{ $json.photos }}', [one, two]],
			['={{ $json.photos[0] }}', [one]],
		])('a form field with several files: %s', async (subjectImages, images) => {
			const parameters = { ...multiImage({ subjectImages }), downloadImages: false };
			itemsOf(await run(parameters, { items: [{ json: { photos } }], settings }));
			expect(received()).toEqual(images.map(sha256));
		});

		it.each([
			['data', [two]],
			['*', [one, two]],
			['photo, other', [one, two]],
			['={{ $json._files.photo }}', [one]],
			['={{ $json._files }}', [one, two]],
		])('the files of a node that knows only binary fields: %s', async (subjectImages, images) => {
			const parameters = { ...multiImage({ subjectImages }), downloadImages: false };
			itemsOf(await run(parameters, { items: [generic], settings }));
			expect(received()).toEqual(images.map(sha256));
		});
	});
}

describe('anything else is refused before anything is sent', () => {
	it.each<[string, INodeParameters, RegExp]>([
		['a number', expand({ image: '={{ 12 }}' }), /^Image is a number \(12\)$/],
		[
			'a boolean in a list',
			multiImage({ subjectImages: '={{ ["photo", false] }}' }),
			/^Subject Images is a boolean \(false\)$/,
		],
		[
			'an object',
			expand({ image: '={{ { title: 1, picture: 2 } }}' }),
			/^Image is an object with the fields title, picture$/,
		],
		[
			'two where one goes',
			expand({ image: '={{ [$binary.photo, $binary.other] }}' }),
			/^Image: there are 2 images, and at most 1/,
		],
		[
			'a URL without a host',
			expand({ image: 'https:// x/a.png' }),
			/^Image: "https:\/\/ x\/a\.png" is not a whole URL$/,
		],
	])('%s', async (_, parameters, message) => {
		const error = errorOf(await run(parameters, { items: [generic] }));
		expect(error.message).toMatch(message);
		expect(creates()).toEqual([]);
	});

	it('files whose label says nothing and that are no images', async () => {
		const item = {
			binary: { note: generic.binary?.note as never, page: file(Buffer.from('<html>'), 'page', 'text/plain') },
		};
		expect(errorOf(await run(multiImage({ subjectImages: '*' }), { items: [item] })).message).toMatch(/it has none$/);
		expect(errorOf(await run(expand(), { items: [item] })).message).toMatch(/^Image: "data" is neither/);
		expect(creates()).toEqual([]);
	});
});
