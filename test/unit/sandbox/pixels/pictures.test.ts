import sharp from 'sharp';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { containIn, layoutOf, startProvider, type Provider } from '../../../../sandbox/provider';
import { load } from '../support/http';
import { expand, finished, multiImage, multiShot } from '../support/kling';
import { base64, picture } from '../support/pictures';

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
const region = async (file: Buffer, left: number, top: number, width: number, height: number) =>
	await sharp(file).extract({ left, top, width, height }).removeAlpha().raw().toBuffer();
const plain = async (colour: string, width = 400, height = 400) =>
	(
		await sharp({ create: { width, height, channels: 3, background: colour } })
			.png()
			.toBuffer()
	).toString('base64');

test('an expansion has the exact size, the original in its place pixel for pixel, and no black around it', async () => {
	const [width, height] = [331, 307];
	const ratios = { up: 0.1, down: 0.333, left: 0.655, right: 0.0512 };
	const images = await imagesOf(expand, {
		image: await base64(width, height),
		up_expansion_ratio: ratios.up,
		down_expansion_ratio: ratios.down,
		left_expansion_ratio: ratios.left,
		right_expansion_ratio: ratios.right,
		n: 2,
	});
	expect(images).toHaveLength(2);
	const original = await sharp(await picture(width, height))
		.raw()
		.toBuffer();
	const files = await Promise.all(images.map(async ({ url }) => await load(url)));
	for (const file of files) {
		const meta = await sharp(file).metadata();
		expect(meta).toMatchObject({ format: 'png', width: Math.round(331 * 1.7062), height: Math.round(307 * 1.433) });
		expect(original.equals(await region(file, Math.round(331 * 0.655), Math.round(307 * 0.1), width, height))).toBe(
			true,
		);
		const { channels } = await sharp(await region(file, 0, 0, 100, meta.height), {
			raw: { width: 100, height: meta.height, channels: 3 },
		}).stats();
		for (const { mean } of channels) expect(mean).toBeGreaterThan(60);
	}
	expect(files[0]!.equals(files[1]!)).toBe(false);
});

test.each(['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9'])(
	'a %s picture has that ratio and shows every subject whole',
	async (aspect_ratio) => {
		const colours = ['#ff0000', '#00ff00', '#0000ff', '#ffff00'];
		const subject_image_list = await Promise.all(
			colours.map(async (colour) => ({ subject_image: await plain(colour) })),
		);
		const body = {
			subject_image_list,
			aspect_ratio,
			scene_image: await plain('#808080'),
			style_image: await plain('#404040'),
		};
		const file = await load(await urlOf(multiImage, body));
		const { canvas, cells } = layoutOf(body);
		const [x, y] = aspect_ratio.split(':').map(Number) as [number, number];
		const meta = await sharp(file).metadata();
		expect(meta).toMatchObject(canvas);
		expect(meta.width / meta.height).toBeCloseTo(x / y, 2);
		for (const [position, colour] of colours.entries()) {
			const { left, top, width, height } = containIn(cells[position]!, { width: 400, height: 400 });
			const pixels = await region(file, left, top, width, height);
			const wanted = Buffer.from(colour.slice(1).repeat(width * height), 'hex');
			expect({ position, whole: pixels.equals(wanted) }).toEqual({ position, whole: true });
		}
	},
);

test('the scene is the background', async () => {
	const file = await load(await urlOf(multiImage, { scene_image: await plain('#3366cc') }));
	expect([...(await region(file, 2, 2, 1, 1))]).toEqual([0x33, 0x66, 0xcc]);
});

test('ai-multi-shot gives three different views of the size of the picture', async () => {
	const [images] = await imagesOf(multiShot, { element_frontal_image: await base64(420, 310) });
	const { url_1, url_2, url_3 } = images as unknown as Record<string, string>;
	const files = await Promise.all([url_1!, url_2!, url_3!].map(load));
	for (const file of files) expect(await sharp(file).metadata()).toMatchObject({ width: 420, height: 310 });
	expect(new Set(files.map((file) => file.toString('base64'))).size).toBe(3);
});

test('with a watermark there is a second, marked picture, and watermark_info is echoed', async () => {
	const { json } = await finished(provider, multiImage, { watermark_info: { enabled: true } });
	expect(json.data.watermark_info).toEqual({ enabled: true });
	const [{ url, watermark_url }] = json.data.task_result.images;
	const [clean, marked] = [await load(url), await load(watermark_url)];
	expect((await sharp(marked).metadata()).width).toBe((await sharp(clean).metadata()).width);
	expect((await region(clean, 700, 450, 300, 120)).equals(await region(marked, 700, 450, 300, 120))).toBe(false);
	expect((await region(clean, 0, 0, 300, 120)).equals(await region(marked, 0, 0, 300, 120))).toBe(true);
});

test('without a watermark there is neither a mark nor watermark_info', async () => {
	const { json } = await finished(provider, multiImage);
	expect(json.data).not.toHaveProperty('watermark_info');
	expect(Object.keys(json.data.task_result.images[0])).toEqual(['index', 'url']);
});
