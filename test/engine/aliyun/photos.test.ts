/** Photos as people have them: links that are none, formats of phones, photos on their side. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import type { InputItem } from '../../harness/index.ts';
import { startImageServer, type Answer } from '../imageServer.ts';
import {
	errorOf,
	factsOf,
	file,
	generate,
	itemsOf,
	person,
	smallPhoto,
	start,
	suspending,
	train,
	upload,
} from './support.ts';

const { run, runToEnd, n8n, control, arrived, requests, bought } = await start();
const { state, at } = await startImageServer((response) => void response.writeHead(200).end(smallPhoto(5)));

const photo = sharp(smallPhoto());
const onItsSide = await photo.clone().withMetadata({ orientation: 6 }).jpeg().toBuffer();
const webp = await photo.clone().webp().toBuffer();
const heic = Buffer.concat([Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), Buffer.alloc(400, 1)]);
const binary = (buffer: Buffer, fileName: string, mimeType = 'image/jpeg') => ({ buffer, fileName, mimeType });

/** Eight photos, of which these take the first places. */
const personWith = (...photos: Array<ReturnType<typeof binary>>): InputItem => {
	const whole = person(8);
	photos.forEach((one, index) => (whole.binary![`p${index}`] = one));
	return whole;
};

const html: Answer = (response) =>
	void response.writeHead(200, { 'content-type': 'text/html' }).end('\n<!doctype html><title>Sign in</title>');

describe('a link that gives no photo', () => {
	it.each<[string, Answer, string]>([
		['a log-in page or a viewer', html, 'The link leads to a web page, not an image'],
		[
			'a redirect to a log-in page',
			(response, request) =>
				request.url?.startsWith('/login')
					? html(response, request)
					: void response.writeHead(302, { location: '/login' }).end(),
			'The link leads to a web page, not an image',
		],
		[
			'a protection against hot-linking',
			(response) => void response.writeHead(403).end(),
			'The link needs a log-in or is protected',
		],
		[
			'a request for a log-in',
			(response) => void response.writeHead(401).end(),
			'The link needs a log-in or is protected',
		],
		[
			'an error in JSON',
			(response) => void response.writeHead(200).end('{"error":"expired"}'),
			'The link leads to JSON, not an image',
		],
		['nothing', (response) => void response.writeHead(404).end(), 'The link leads to nothing'],
	])('%s: the error says so, and nothing is uploaded or bought', async (_, answer, problem) => {
		state.answer = answer;
		const link = `${at('127.0.0.1')}/file/view?id=s3cret`;
		for (const parameters of [
			upload({ photos: link }),
			train({ photos: `*\n${link}` }),
			generate({ photos: `*\n${link}` }),
		]) {
			const error = errorOf(await run(parameters, { items: [person(8)] }));
			expect(error.message).toBe(`${problem} (Photos)`);
			expect(error.description).toContain(`"${at('127.0.0.1')}/file/view?…" cannot be used.`);
			expect(error.description).toMatch(/download link|hand over the file|browser/);
			expect(factsOf(error)).toMatchObject({ taskState: 'not-created' });
		}
		expect(bought()).toEqual([]);
	});

	it('fails by itself under Continue On Fail', async () => {
		state.answer = html;
		const items = [
			{ json: { link: `${at('127.0.0.1')}/view` } },
			{ json: { link: 'mine' }, ...{ binary: { mine: file(1) } } },
		];
		const { items: output } = await run(upload({ photos: '={{ $json.link }}' }), {
			items,
			onError: 'continueRegularOutput',
		});
		expect(output.map(({ json, pairedItem }) => [json.error !== undefined, pairedItem])).toEqual([
			[true, { item: 0 }],
			[false, { item: 1 }],
		]);
	});
});

it.each<[string, Answer]>([
	['503', (response) => void response.writeHead(503).end()],
	['a lost connection', (response) => void response.destroy()],
	[
		'half a file',
		(response) =>
			void response.writeHead(200, { 'content-length': 9_000_000 }).write(smallPhoto(5), () => response.destroy()),
	],
])('a link that gives %s twice is asked for again', async (_, trouble) => {
	state.answer = (response, request) =>
		state.asked.length <= 2 ? trouble(response, request) : void response.writeHead(200).end(smallPhoto(5));
	const [item] = itemsOf(await n8n.atSpeed(10, async () => await run(upload({ photos: `${at('127.0.0.1')}/me.jpg` }))));
	expect(item?.json.paths).toHaveLength(1);
	expect([state.asked.length, arrived().length]).toEqual([3, 1]);
});

describe('a photo that no training can use', () => {
	const page = binary(Buffer.from('<!doctype html>'.padEnd(99)), 'a.jpg');
	const pdf = binary(Buffer.from('%PDF-1.7'.padEnd(99)), 'b.jpg');
	const iphone = binary(heic, 'IMG_0001.jpg');

	it.each([
		[
			'HEIC, whatever it is called',
			iphone,
			'Photos, image 1 is HEIC, as iPhones store photos; only JPEG and PNG are taken',
			/Most Compatible\. The file is "IMG_0001\.jpg"\. Nothing was sent\.$/,
		],
		[
			'a web page',
			page,
			'Photos, image 1 is a web page, not an image',
			/ in binary field "p0" \(image\/jpeg\).* The file is "a\.jpg"\. Nothing was sent\.$/,
		],
		[
			'a PDF',
			pdf,
			'Photos, image 1 is a PDF, not an image',
			/ in binary field "p0" \(image\/jpeg\).* The file is "b\.jpg"\. Nothing was sent\.$/,
		],
	])('%s is refused before anything is sent', async (_, bad, message, hint) => {
		for (const parameters of [upload(), train(), generate(), suspending(train())]) {
			const error = errorOf(await run(parameters, { items: [personWith(bad)] }));
			expect(error.message).toBe(message);
			expect(error.description).toMatch(hint);
			expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		}
		expect(requests()).toEqual([]);
	});

	it.each([
		['HEIC', iphone, 'Photos: "IMG_0001.heic" is HEIC, which hardly any service can read'],
		['a web page', page, 'Photos: binary field "p0" is a web page, not an image'],
		['a PDF', pdf, 'Photos: binary field "p0" is a PDF, not an image'],
	])('%s is refused before anything is sent with Check Images off, too', async (_, bad, message) => {
		const options = { checkImages: false };
		for (const parameters of [upload({ options }), train({ options }), generate({ options })]) {
			const error = errorOf(await run(parameters, { items: [personWith(bad)] }));
			expect(error.message).toBe(message);
			expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		}
		expect(requests()).toEqual([]);
	});

	it('HEIC behind a link is refused before anything is bought', async () => {
		state.answer = (response) => void response.writeHead(200).end(heic);
		const error = errorOf(await run(train({ photos: `*\n${at('127.0.0.1')}/me.heic` }), { items: [person(8)] }));
		expect(error.message).toBe('Photos: "me.heic" is HEIC, which hardly any service can read');
		expect(error.description).toContain('JPEG');
		expect(bought()).toEqual([]);
	});
});

describe('what a training may not use well is a warning of the item', () => {
	const side =
		/^Photos, image 1, "side\.jpg": It is stored on its side, with its left edge up: .*\(EXIF orientation 6\).*Turn it first/;
	const format = /^Photos, image 2, "new\.webp": It is WEBP, and only JPEG and PNG are sure to be taken\.$/;
	const photos = [binary(onItsSide, 'side.jpg'), binary(webp, 'new.webp', 'image/webp')];

	it('of Photo: Upload, beside its paths', async () => {
		const items = itemsOf(await run(upload(), { items: [personWith(...photos), person(2)] }));
		expect(items.map(({ json }) => json.warnings)).toEqual([
			[expect.stringMatching(side), expect.stringMatching(format)],
			undefined,
		]);
		expect(items[0]?.json.paths).toHaveLength(8);
	});

	it.each([
		['User Model: Create', async (items: InputItem[]) => await run(train(), { items })],
		['Generate From Photos', async (items: InputItem[]) => await run(generate(), { items })],
		['Create and Wait for Callback', async (items: InputItem[]) => await runToEnd(suspending(train()), { items })],
	])('of %s', async (_, start) => {
		control.settings({ aliyunTaskMs: [20, 40] });
		const [item] = itemsOf(await start([personWith(...photos)]));
		expect(item?.json.status).toBe('succeeded');
		expect(item?.json.warnings).toEqual([expect.stringMatching(side), expect.stringMatching(format)]);
	});

	it('small photos, from a link too; of many only the first five are told, and how many more there are', async () => {
		const small = await photo.clone().resize(120, 90).jpeg().toBuffer();
		state.answer = (response) => void response.writeHead(200).end(small);
		const links = Array.from({ length: 8 }, (_, index) => `${at('127.0.0.1')}/${index}.jpg`).join('\n');
		const [item] = itemsOf(await run(upload({ photos: links })));
		expect(item?.json.warnings).toEqual([
			...[1, 2, 3, 4, 5].map(
				(number) =>
					`Photos, image ${number}, "${number - 1}.jpg": It has 120 × 90 pixels, and each side should have at least 300.`,
			),
			'… and 3 more images of this item like these.',
		]);
	});
});
