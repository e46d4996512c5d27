import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { startProvider, type Provider } from '../../../../sandbox/provider';
import { finished, get, multiShot, post } from '../support/kling';
import { base64, picture } from '../support/pictures';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ taskMs: [60_000, 60_000] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

const create = async (element_frontal_image: string) =>
	(await post(provider, multiShot, { element_frontal_image })).json;

test('base64 must be raw: no data prefix, no whitespace, no URL-safe letters, padding', async () => {
	const raw = await base64();
	const broken = [
		`data:image/png;base64,${raw}`,
		`${raw}\n`,
		` ${raw}`,
		raw.slice(0, -1),
		`_${raw.slice(1)}`,
		'ftp://a/b',
	];
	for (const text of broken) {
		expect(await create(text)).toMatchObject({ code: 1201, message: 'File is not in a valid base64 format' });
	}
	expect((await create(raw)).code).toBe(0);
});

test('base64 of something that is no picture is 1201', async () => {
	const json = await create(Buffer.from('this is a text').toString('base64'));
	expect(json).toMatchObject({ code: 1201, message: 'element_frontal_image is not a valid image' });
});

test('webp is 1201, jpeg is taken', async () => {
	expect((await create(await base64(320, 300, 'webp'))).code).toBe(1201);
	expect((await create(await base64(320, 300, 'jpeg'))).code).toBe(0);
});

test('a file of more than 10 MiB is 1201, one of exactly 10 MiB is taken', async () => {
	const file = await picture(320, 300, 'jpeg');
	const padded = (size: number) => Buffer.concat([file, Buffer.alloc(size - file.length)]).toString('base64');
	expect((await create(padded(10 * 1024 * 1024))).code).toBe(0);
	expect(await create(padded(10 * 1024 * 1024 + 1))).toMatchObject({
		code: 1201,
		message: expect.stringContaining('10MB'),
	});
});

test.each([
	[299, 400],
	[400, 299],
	[752, 300],
	[300, 752],
])('a picture of %i × %i is accepted, and fails later', async (width, height) => {
	const { status, json } = await finished(provider, multiShot, { element_frontal_image: await base64(width, height) });
	expect(status).toBe(200);
	expect(json).toMatchObject({
		code: 0,
		message: 'SUCCEED',
		data: { task_status: 'failed', task_status_msg: 'Image pixel is invalid', task_result: {}, task_info: {} },
	});
	expect(provider.control.ledger()[0]).toMatchObject({ status: 'failed', units: 20, chargedUnits: 0 });
});

test.each([
	[300, 300],
	[750, 300],
	[300, 750],
])('a picture of %i × %i is within the limits', async (width, height) => {
	const { json } = await finished(provider, multiShot, { element_frontal_image: await base64(width, height) });
	expect(json.data.task_status).toBe('succeed');
});

test('a URL is fetched when the task ends, not when it is created', async () => {
	const { json } = await post(provider, multiShot, {
		element_frontal_image: `${provider.url}/_sandbox/photos/coffee.jpg`,
	});
	const { task_id: id } = json.data;
	expect((await get(provider, `${multiShot}/${id}`)).json.data.task_status).toBe('submitted');
	expect(await provider.control.finish(id)).toMatchObject({ status: 'succeed', chargedUnits: 20 });
});

test.each([
	['that nobody answers', 'http://127.0.0.1:9/a.jpg', 'Failed to download the image'],
	['of nothing', '/_sandbox/photos/none.jpg', 'Failed to download the image: HTTP 404'],
	['of no picture', '/_sandbox/ledger', 'The downloaded file is not a valid image'],
])('a URL %s makes the task fail with a reason', async (_title, url, message) => {
	const element_frontal_image = new URL(url, provider.url).href;
	const { json } = await finished(provider, multiShot, { element_frontal_image });
	expect(json.data).toMatchObject({ task_status: 'failed', task_status_msg: message });
});

test('the ledger keeps size and digest of a picture, not the picture', async () => {
	const file = await picture(320, 300);
	await create(file.toString('base64'));
	const digest = Buffer.from(await crypto.subtle.digest('SHA-256', new Uint8Array(file))).toString('hex');
	expect(provider.control.ledger()[0]!.request).toEqual({
		element_frontal_image: { bytes: file.length, sha256: digest, width: 320, height: 300 },
	});
});
