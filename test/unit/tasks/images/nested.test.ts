/** Images in objects of the request body, and lists of which not all entries count. */
import type { IDataObject } from 'n8n-workflow';
import { expect, it } from 'vitest';

import { findImageFields, type ImageField } from '../../../../nodes/tasks/images/fields';
import { loadImageFields } from '../../../../nodes/tasks/images/load';
import { binaryOf, itemOf, rejectionOf } from '../support';

const PNG = Buffer.from(
	'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
	'base64',
);

const FIELDS: ImageField[] = [
	{ field: 'subject.front', label: 'Front Image' },
	{
		field: 'subject.others',
		label: 'Reference Images',
		list: {
			parameter: 'others',
			most: 2,
			pick: (entries) => entries.filter((entry) => (entry as { skip?: boolean }).skip !== true),
			element: (image) => ({ image_url: image }),
		},
	},
];

const item = itemOf({ items: [{ json: {}, binary: { data: binaryOf(PNG) } }] });

async function loaded(subject: IDataObject) {
	const body = { subject, other: 1 };
	const result = await loadImageFields(item, body, await findImageFields(item, body, FIELDS));
	expect(body).toEqual({ subject, other: 1 });
	return result;
}

it('stand where the entries stood, beside what else the object holds', async () => {
	expect(await loaded({ front: 'data', others: 'https://a.test/1.png, data', kept: true })).toEqual({
		subject: {
			front: PNG.toString('base64'),
			others: [{ image_url: 'https://a.test/1.png' }, { image_url: PNG.toString('base64') }],
			kept: true,
		},
		other: 1,
	});
});

it('entries that do not count are not loaded, and not counted against the limit', async () => {
	const others = [1, 2, 3].map((number) => ({ url: `https://a.test/${number}.png`, skip: number === 2 }));
	expect(await loaded({ front: 'data', others })).toMatchObject({
		subject: { others: [{ image_url: 'https://a.test/1.png' }, { image_url: 'https://a.test/3.png' }] },
	});
});

it.each<[string, IDataObject, string]>([
	['none where one is needed', { others: 'data' }, 'Front Image is empty'],
	['none that counts', { front: 'data', others: [{ skip: true }] }, 'Reference Images: there is no image'],
	[
		'too many',
		{ front: 'data', others: 'data, data, data' },
		'Reference Images: there are 3 images, and at most 2 are allowed',
	],
])('%s is refused by the name of the field', async (_, subject, message) => {
	expect((await rejectionOf(findImageFields(item, { subject }, FIELDS))).message).toBe(message);
});
