/** The size of a result: read from its first bytes while it goes into n8n's storage. */
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import sharp from 'sharp';
import { expect, it } from 'vitest';

import { downloadImages } from '../../../../nodes/tasks/images/download';
import type { Task } from '../../../../nodes/tasks/model/task';
import { endpoint, itemOf, type TestItem } from '../support';

const task: Task = {
	service: 'kling',
	resource: 'r',
	taskId: '9308',
	status: 'succeeded',
	images: [{ index: 0, url: 'https://cdn/a', watermarkUrl: 'https://cdn/w' }],
};

/** Downloads a file that comes in parts of so many bytes. */
async function downloaded(file: Buffer, bytes: number) {
	const item = itemOf();
	const parts = () => Array.from({ length: Math.ceil(file.length / bytes) }, (_, part) => part * bytes);
	let stored = Buffer.alloc(0);
	const served: TestItem = {
		...item,
		files: {
			...item.files,
			store: async (stream: unknown, fileName: string, mimeType: string) => {
				stored = await buffer(stream as Readable);
				return { data: '', fileName, mimeType };
			},
		},
		fetch: async () => ({
			statusCode: 200,
			headers: {},
			body: Readable.from(parts().map((at) => file.subarray(at, at + bytes))) as never,
		}),
	};
	const [image] = (await downloadImages(served, endpoint, task)).task.images;
	return { image, stored };
}

const picture = () => sharp({ create: { width: 30, height: 20, channels: 3, background: '#345' } });

it.each([
	['PNG', async () => await picture().png().toBuffer()],
	['PNG of 16 bit', async () => await picture().toColourspace('rgb16').png().toBuffer()],
	['JPEG', async () => await picture().jpeg().toBuffer()],
	['progressive JPEG', async () => await picture().jpeg({ progressive: true }).toBuffer()],
	['CMYK JPEG', async () => await picture().toColourspace('cmyk').jpeg().toBuffer()],
	['WebP', async () => await picture().webp().toBuffer()],
	['lossless WebP', async () => await picture().webp({ lossless: true }).toBuffer()],
	['GIF', async () => await picture().gif().toBuffer()],
])('of a %s is true, however its bytes arrive, and the file stays whole', async (_, make) => {
	const file = await make();
	for (const bytes of [1, 7, 4096]) {
		const { image, stored } = await downloaded(file, bytes);
		expect(image).toMatchObject({ width: 30, height: 20 });
		expect(stored.equals(file)).toBe(true);
	}
});

it.each([1, 2, 3, 4, 5, 6, 7, 8])(
	'of a JPEG with the EXIF orientation %i is that of the upright image',
	async (orientation) => {
		const file = await picture().jpeg().withMetadata({ orientation }).toBuffer();
		const { width, height } = await sharp(file)
			.rotate()
			.toBuffer({ resolveWithObject: true })
			.then(({ info }) => info);
		expect((await downloaded(file, 100)).image).toMatchObject({ width, height });
	},
);

it('is found behind 100 kB of metadata', async () => {
	const file = await picture()
		.jpeg()
		.withExif({ IFD0: { ImageDescription: 'x'.repeat(60_000) } })
		.withXmp(`<x:xmpmeta xmlns:x="adobe:ns:meta/">${' '.repeat(40_000)}</x:xmpmeta>`)
		.toBuffer();
	expect(file.length).toBeGreaterThan(100_000);
	expect((await downloaded(file, 16_384)).image).toMatchObject({ width: 30, height: 20 });
});

it('is left out where the file does not tell it', async () => {
	const { image } = await downloaded(await picture().avif().toBuffer(), 4096);
	expect(image).toEqual({ index: 0, url: 'https://cdn/a', watermarkUrl: 'https://cdn/w' });
});

it('stands behind the links, so that people read link, then size', async () => {
	const { image } = await downloaded(await picture().png().toBuffer(), 4096);
	expect(Object.keys(image ?? {})).toEqual(['index', 'url', 'watermarkUrl', 'width', 'height']);
});
