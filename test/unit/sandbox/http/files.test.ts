import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { startProvider, type Provider } from '../../../../sandbox/provider';
import { load } from '../support/http';
import { finished, multiImage } from '../support/kling';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider({ slots: 100, taskMs: [60_000, 60_000] });
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

interface Image {
	url: string;
	watermark_url?: string;
}

const imagesOf = async (path: string, change: Record<string, unknown> = {}): Promise<Image[]> =>
	(await finished(provider, path, change)).json.data.task_result.images;
const urlOf = async (path: string, change: Record<string, unknown> = {}): Promise<string> =>
	(await imagesOf(path, change))[0]!.url;

test('a result URL needs its whole query and no Authorization header', async () => {
	const url = await urlOf(multiImage);
	const status = async (address: string, headers = {}) => (await fetch(address, { headers })).status;
	expect(await status(url)).toBe(200);
	expect(await status(url.split('?')[0]!)).toBe(403);
	expect(await status(url.replace(/Signature=./, 'Signature=!'))).toBe(403);
	expect(await status(url.replace(/Expires=\d/, 'Expires=9'))).toBe(403);
	for (const [from, to] of [
		['%2f', '%2F'],
		['%7E', '~'],
		['~c', '%7Ec'],
		['+d', '%20d'],
		['%20e', '+e'],
		['&Empty=', '&Empty'],
		['&Flag', '&Flag='],
		['&Flag', ''],
	] as const)
		expect(await status(url.replace(from, to)), `${from} as ${to}`).toBe(403);
	expect(await status(url, { authorization: 'Bearer anything' })).toBe(400);
	expect(provider.control.files().map(({ status, hadAuthorization }) => ({ status, hadAuthorization }))).toEqual([
		...[200, ...Array<number>(11).fill(403)].map((status) => ({ status, hadAuthorization: false })),
		{ status: 400, hadAuthorization: true },
	]);
});

test('a result URL ends 30 days after its task', async () => {
	const { json } = await finished(provider, multiImage);
	const [{ url }] = json.data.task_result.images;
	const days = (Number(new URL(url).searchParams.get('Expires')) * 1000 - json.data.updated_at) / 86_400_000;
	expect(days).toBeCloseTo(30, 3);
	provider.control.settings({ clockOffsetMs: 31 * 86_400_000 });
	expect((await fetch(url)).status).toBe(403);
});

test('a dead result answers 403 although it has not expired', async () => {
	provider.control.fates([{ deadResult: true }]);
	const response = await fetch(await urlOf(multiImage));
	expect(response.status).toBe(403);
	expect(await response.text()).toContain('expired');
});

test.each([
	['png', 'png'],
	['jpeg', 'jpeg'],
	['webp', 'webp'],
] as const)('results can be %s and of a least size, and are announced', async (resultFormat, format) => {
	provider.control.settings({ resultFormat, resultBytes: 3_000_001 });
	const url = await urlOf(multiImage);
	const head = await fetch(url, { method: 'HEAD' });
	const file = await load(url);
	expect(file.length).toBeGreaterThanOrEqual(3_000_001);
	expect(head.headers.get('content-type')).toBe(`image/${format}`);
	expect(head.headers.get('content-length')).toBe(String(file.length));
	const { data, info } = await sharp(file, { failOn: 'warning' }).raw().toBuffer({ resolveWithObject: true });
	expect(info).toMatchObject({ width: 1024, height: 576 });
	expect(data).toHaveLength(1024 * 576 * 3);
});

test('results can come without a length', async () => {
	provider.control.settings({ announceLength: false });
	const response = await fetch(await urlOf(multiImage));
	expect(response.headers.has('content-length')).toBe(false);
	expect((await sharp(Buffer.from(await response.arrayBuffer())).metadata()).width).toBe(1024);
});

test('result URLs can name another origin', async () => {
	provider.control.settings({ resultBaseUrl: 'https://cdn.example/' });
	expect(await urlOf(multiImage)).toMatch(/^https:\/\/cdn\.example\/files\//);
});
