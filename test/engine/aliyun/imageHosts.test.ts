/** Photos that are downloaded in order to be uploaded come from where images may come from, and slow ones hold up nobody else. */
import { describe, expect, it } from 'vitest';

import { isN8n1 } from '../../harness/index.ts';
import { knowNames, startImageServer } from '../imageServer.ts';
import { aliyunCredentials, errorOf, factsOf, itemsOf, smallPhoto, start, upload } from './support.ts';

const { run, url, arrived, requests } = await start();
const photo = smallPhoto(5);
const { state, sockets, port, at } = await startImageServer((response) => void response.writeHead(200).end(photo));
knowNames({ 'inside.example': '127.0.0.3' });

const allowing = (privateImageHosts: string) => aliyunCredentials(url, 'appCode', { privateImageHosts });
const privately = (host: string, link: string) => [
	`The image is on a private address (${host}) (Photos)`,
	`"${link}" cannot be used. Add its host to Private Image Hosts in the credential, or download it with HTTP Request and pass the file. Nothing was sent to that address.`,
];
const textsOf = ({ message, description }: { message: string; description?: string | null }) => [message, description];

describe('a photo on a private address', () => {
	it.each([
		['127.0.0.2', '127.0.0.2'],
		['0x7f000002', '127.0.0.2'],
		['[::ffff:127.0.0.2]', '[::ffff:7f00:2]'],
		['localhost.', 'localhost.'],
		['192.168.7.7', '192.168.7.7'],
		['100.118.28.45', '100.118.28.45'],
	])('on %s is not asked for, and nothing is sent', async (host, shown) => {
		const error = errorOf(await run(upload({ photos: `${at(host)}/me.jpg?token=s3cret` })));
		expect(textsOf(error)).toEqual(privately(`${shown}:${port}`, `${at(host)}/me.jpg?…`));
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		expect([state.asked, requests()]).toEqual([[], []]);
	});

	it('behind a redirect has the same words', async () => {
		state.answer = (response) => void response.writeHead(302, { location: `${at('127.0.0.2')}/me.jpg` }).end();
		const error = errorOf(await run(upload({ photos: `${at('127.0.0.1')}/go` })));
		expect(textsOf(error)).toEqual(privately(`127.0.0.2:${port}`, `${at('127.0.0.1')}/go`));
		expect([state.asked.length, requests()]).toEqual([1, []]);
	});

	// n8n 1.x cannot look names up (SECURITY.md, Addresses of images).
	if (!isN8n1) {
		it('behind a name is refused where n8n can look it up', async () => {
			const error = errorOf(await run(upload({ photos: `${at('inside.example')}/me.jpg` })));
			expect(textsOf(error)).toEqual(privately(`inside.example:${port}`, `${at('inside.example')}/me.jpg`));
			expect([state.asked, requests()]).toEqual([[], []]);
		});
	}

	it('is uploaded when the credential allows it', async () => {
		const photos = `${at('127.0.0.2')}/%E7%85%A7%E7%89%87.jpg`;
		itemsOf(await run(upload({ photos }), { credentials: allowing('127.0.0.0/30') }));
		expect(arrived()).toEqual([expect.objectContaining({ fileName: '照片.jpg', bytes: photo.length })]);
		expect(state.hadAuthorization).toBe(false);
	});
});

it.each([
	['BM and then a secret text of some length', 'The link does not lead to an image (Photos)'],
	['II*\0 and more, no picture at all', 'The link leads to a TIFF, which no service here takes (Photos)'],
	['MM\0*', 'The link leads to a TIFF, which no service here takes (Photos)'],
])('%j is not uploaded: %s', async (text, problem) => {
	state.answer = (response) => void response.writeHead(200, { 'content-type': 'image/bmp' }).end(text.padEnd(100));
	const error = errorOf(await run(upload({ photos: `${at('127.0.0.1')}/a.bmp` })));
	expect(error.message).toBe(problem);
	expect(requests()).toEqual([]);
});

it('slow photos of one account do not delay those of another', async () => {
	const drips: NodeJS.Timeout[] = [];
	state.answer = (response) => {
		response.writeHead(200).write(photo.subarray(0, 20));
		drips.push(setInterval(() => response.write('x'), 50));
	};
	const stop = new AbortController();
	const photos = Array.from({ length: 9 }, (_, index) => `${at('127.0.0.1')}/${index}.jpg`).join('\n');
	const slow = run(upload({ photos }), { signal: stop.signal });
	await expect.poll(() => state.asked.length, { timeout: 20_000 }).toBe(4);
	state.answer = (response) => void response.writeHead(200).end(photo);
	const other = aliyunCredentials(url, 'header');
	const began = performance.now();
	itemsOf(await run(upload({ photos: `${at('127.0.0.1')}/mine.jpg` }), { credentials: other }));
	expect(performance.now() - began).toBeLessThan(10_000);
	stop.abort();
	for (const drip of drips) clearInterval(drip);
	expect((await slow).status).toBe('canceled');
	await expect.poll(() => sockets.size).toBe(0);
});
