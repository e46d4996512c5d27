/** What people hand over as photos: labels that say nothing, files by expression, objects, base64 in lines, a form's files. */
import { createHash } from 'node:crypto';
import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { isN8n1, type InputItem } from '../../harness/index.ts';
import { errorOf, generate, itemsOf, person, smallPhoto, start, suspending, train, upload } from './support.ts';

const { run, arrived, requests } = await start();

const eight = [0, 1, 2, 3, 4, 5, 6, 7];
const sha256 = (number: number) => createHash('sha256').update(smallPhoto(number)).digest('hex');
const received = () =>
	arrived()
		.map((entry) => entry.sha256)
		.sort();
const digests = (numbers: number[]) => numbers.map(sha256).sort();
const inLines = (text: string) => text.replace(/(.{64})/g, '$1\n');
const inMemory = (number: number) => ({
	mimeType: 'image/jpeg',
	fileName: `me-${number}.jpg`,
	data: smallPhoto(number).toString('base64'),
});

/** Eight photos without a label, and a text. */
const unlabelled: InputItem = {
	json: {
		lines: eight.map((number) => inLines(smallPhoto(number).toString('base64'))).join(',\n'),
		objects: eight.map((number) => ({ b64_json: smallPhoto(number).toString('base64') })),
	},
	binary: {
		...Object.fromEntries(
			eight.map((number) => [
				`p${number}`,
				{
					buffer: smallPhoto(number),
					fileName: 'file',
					mimeType: number % 2 ? 'text/plain' : 'application/octet-stream',
				},
			]),
		),
		note: { buffer: Buffer.from('a text'), fileName: 'note', mimeType: 'text/plain' },
	},
};

const WAYS: Array<[string, INodeParameters]> = [
	['*', {}],
	['$binary', { photos: '={{ $binary }}' }],
	['files in an array', { photos: '={{ [0,1,2,3,4,5,6,7].map((n) => $binary["p" + n]) }}' }],
	['objects', { photos: '={{ $json.objects }}' }],
	['base64 in lines', { photos: '={{ $json.lines }}' }],
];

describe.each(WAYS)('eight photos by %s', (_, change) => {
	it.each([
		['Upload', upload(change)],
		['a user model', train(change)],
		['a user model that calls back', suspending(train(change))],
		['Generate', generate(change)],
	])('for %s', async (_name, parameters) => {
		const result = await run(parameters, { items: [unlabelled], instanceUrl: 'http://127.0.0.1:1' });
		expect(['success', 'waiting']).toContain(result.status);
		expect(received()).toEqual(digests(eight));
	});
});

if (!isN8n1) {
	it.each(['*', 'photos', '={{ $json.photos }}'])(
		'one form field with eight files in the combined mode: %s',
		async (photos) => {
			const items = [{ json: { photos: eight.map(inMemory) } }];
			itemsOf(await run(upload({ photos }), { items, settings: { binaryMode: 'combined' } }));
			expect(received()).toEqual(digests(eight));
		},
	);
}

it('what is no image does not count, and is found before anything is sent', async () => {
	const { p0: _, ...seven } = unlabelled.binary ?? {};
	const error = errorOf(await run(train(), { items: [{ binary: seven }] }));
	expect(error.message).toBe('Photos: there are 7 images, and at least 8 are needed');
	expect(requests()).toEqual([]);
});

it('a file that does not depend on the item is one photo, those of the items are theirs', async () => {
	const items = eight.slice(0, 3).map((number) => person(1, {}, number));
	const photos = "={{ [$binary.p0, $('Items').first().binary.p0] }}";
	itemsOf(await run(upload({ photos, imagesFrom: 'allItems' }), { items }));
	expect(received()).toEqual(digests([0, 0, 1, 2]));
});
