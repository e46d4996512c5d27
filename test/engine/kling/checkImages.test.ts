/** Check Images: what Kling cannot take is refused before anything is sent, and nothing is lost. */
import type { IDataObject } from 'n8n-workflow';
import sharp from 'sharp';
import { afterAll, describe, expect, it, vi } from 'vitest';

import { startHarness } from '../../harness/index.ts';
import { binaryData } from '../../harness/runtime.ts';
import {
	create,
	element,
	errorOf,
	expand,
	factsOf,
	file,
	generate,
	itemsOf,
	KLING,
	multiImage,
	omni,
	photo,
} from './support.ts';
import { expanding, startSuspending } from './suspendedSupport.ts';

const { run, attempt, control, provider } = await startSuspending();
// This n8n keeps files in its memory, as base64; that of `run` in its file system.
const inMemory = await startHarness({ binaryMode: 'default' });
afterAll(async () => await inMemory.stop());

const noise = (width: number, height: number) =>
	sharp({
		create: { width, height, channels: 3, background: 'grey', noise: { type: 'gaussian', mean: 128, sigma: 50 } },
	});
const small = await noise(320, 299).png().toBuffer();
const wide = await noise(800, 301).jpeg().toBuffer();
const webp = await noise(400, 400).webp().toBuffer();
const cut = photo().subarray(0, 9_000);

const creates = () => control.requests().filter(({ method }) => method === 'POST');
const quick = { waitForCompletion: false };

describe.each([
	['too small', small, 'Image has 320 × 299 pixels; each side needs at least 300'],
	['too wide', wide, 'Image has 800 × 301 pixels, which is 2.66:1; at most 2.5:1 is allowed'],
	['WebP', webp, 'Image is WebP; only JPEG and PNG are taken'],
	['cut off', cut, 'Image is cut off: the file ends before the image does'],
	['a web page', Buffer.from('<!doctype html><p>Log in'), 'Image is a web page, not an image'],
])('an image that is %s', (_, bytes, message) => {
	it('fails its item unsent, and the other item is bought', async () => {
		const items = [{ binary: { data: file(bytes) } }, { binary: { data: file() } }];
		const result = await run(expand(quick), { items, onError: 'continueRegularOutput' });
		const [bad, good] = result.items;
		expect(bad?.json.error).toBe(message);
		expect(bad?.json.details as IDataObject).toMatchObject({ taskState: 'not-created', retryable: false });
		expect(bad?.pairedItem).toEqual({ item: 0 });
		expect(good?.json.status).toBe('submitted');
		expect(creates()).toHaveLength(1);
	});

	it('stops the run before anything is sent, whichever item has it', async () => {
		const items = [{ binary: { data: file() } }, { binary: { data: file(bytes) } }];
		const error = errorOf(await run(expand(quick), { items }));
		expect(error.message).toBe(message);
		expect(error.description).toMatch(/Nothing was sent\.$/);
		expect(error.context).toMatchObject({ itemIndex: 1 });
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created' });
		expect(control.requests()).toEqual([]);
	});
});

describe('the same rules hold', () => {
	it.each([
		['Image', generate({ ...quick, image: 'data' })],
		['Images, image 1', omni({ ...quick, prompt: 'p', images: 'data' })],
		['Subject Images, image 1', multiImage({ ...quick, subjectImages: 'data' })],
		['Scene Image', multiImage({ ...quick, subjectImages: 'good', sceneImage: 'data' })],
		['Style Image', multiImage({ ...quick, subjectImages: 'good', styleImage: 'data' })],
		['Front Image', create('aiMultiShot', quick)],
		['Frontal Image', element({ ...quick, referImages: 'good' })],
	])('for %s', async (label, parameters) => {
		const items = [{ binary: { data: file(small), good: file() } }];
		const { message } = errorOf(await run(parameters, { items }));
		expect(message).toBe(`${label} has 320 × 299 pixels; each side needs at least 300`);
		expect(control.requests()).toEqual([]);
	});

	it.each([
		['a data URI', (bytes: Buffer) => `data:image/png;base64,${bytes.toString('base64')}`],
		['base64', (bytes: Buffer) => bytes.toString('base64')],
	])('for %s', async (_, text) => {
		const items = [{ json: { image: text(small) } }, { json: { image: text(photo()) } }];
		const parameters = expand({ ...quick, image: '={{ $json.image }}' });
		const { items: output } = await run(parameters, { items, onError: 'continueRegularOutput' });
		expect(output.map(({ json }) => json.error)).toEqual([
			'Image has 320 × 299 pixels; each side needs at least 300',
			undefined,
		]);
		expect(creates()).toHaveLength(1);
	});

	it('for Create and Wait for Callback', async () => {
		const { error } = await attempt(expanding(), { items: [{ json: { number: 0 }, binary: { data: file(small) } }] });
		expect(error?.message).toBe('Image has 320 × 299 pixels; each side needs at least 300');
		expect(control.requests()).toEqual([]);
	});

	it('for files that n8n keeps in memory', async () => {
		const items = [{ binary: { data: file(small) } }, { binary: { data: file() } }];
		const result = await inMemory.run({
			node: KLING,
			parameters: expand(quick),
			items,
			credentials: provider.credentials,
			onError: 'continueRegularOutput',
		});
		expect(result.items.map(({ json }) => json.error)).toEqual([
			'Image has 320 × 299 pixels; each side needs at least 300',
			undefined,
		]);
	});
});

it('names which of several images it is, by its number and its file', async () => {
	const items = [{ binary: { a: file(), b: file(small, 'cup.png') } }];
	const error = errorOf(await run(multiImage({ ...quick, subjectImages: '*' }), { items }));
	expect(error.message).toBe('Subject Images, image 2 has 320 × 299 pixels; each side needs at least 300');
	expect(error.description).toContain('The file is "cup.png".');
});

it('a file that the storage does not give is said to be that, and nothing is sent', async () => {
	vi.spyOn(binaryData(), 'getAsStream').mockRejectedValue(new Error('ENOENT: no such file or directory'));
	const { items } = await run(expand(quick), {
		items: [{ binary: { data: file() } }],
		onError: 'continueRegularOutput',
	});
	vi.restoreAllMocks();
	expect(items[0]?.json).toMatchObject({
		error: 'Image cannot be read: no such file or directory',
		details: { taskState: 'not-created' },
	});
	expect(control.requests()).toEqual([]);
});

it('a URL is left to Kling', async () => {
	const [item] = itemsOf(await run(expand({ ...quick, image: `${provider.url}/small.png` })));
	expect(item?.json.status).toBe('submitted');
});

it('switched off, everything is sent, and what is beyond the limits is a warning', async () => {
	const items = [{ binary: { data: file(small, 'cup.png') } }, { binary: { data: file(wide, 'table.jpg') } }];
	const output = itemsOf(await run(expand({ ...quick, options: { checkImages: false } }), { items }));
	expect(output.map(({ json }) => json.warnings)).toEqual([
		[expect.stringMatching(/^Image, "cup.png": It has 320 × 299 pixels/)],
		[expect.stringMatching(/^Image, "table.jpg": It has 800 × 301 pixels/)],
	]);
	expect(creates()).toHaveLength(2);
});
