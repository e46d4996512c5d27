/** What a submit sends: exactly the fields of the document, with their types. */
import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { sandboxPsAccount } from '../../../sandbox/provider/index.ts';
import { count, file, itemsOf, PATH, psCredentials, start, submit } from './support.ts';

const { run, asked, control, provider } = await start();

/** Results are the matter of results.test.ts. */
const send: typeof run = async (parameters, options) => await run({ ...parameters, waitForCompletion: false }, options);
const least = { image_url: PATH, prompt: 'Make it night' };

describe('exactly these fields are sent', () => {
	it('with everything set', async () => {
		const options = { imageId: 'product-1042', priority: 10, editor: 'user123', keepSize: true, extraBody: '{}' };
		itemsOf(
			await send(
				submit({
					imageUrl: `${provider.url}/_sandbox/photos/dogs.jpg?a=1,2#x`,
					prompt: '将背景改为赛博朋克风格',
					options,
				}),
			),
		);
		expect(asked()).toEqual([
			{
				image_url: `${provider.url}/_sandbox/photos/dogs.jpg?a=1,2#x`,
				prompt: '将背景改为赛博朋克风格',
				image_id: 'product-1042',
				priority: 10,
				editor: 'user123',
				keep_size: true,
			},
		]);
	});

	it('with the defaults: address and prompt alone', async () => {
		itemsOf(await send(submit()));
		expect(asked()).toEqual([least]);
	});

	it.each<[string, INodeParameters, object]>([
		['priority 0, the highest', { priority: 0 }, { priority: 0 }],
		['a priority that an expression gives as text', { priority: '={{ "7" }}' }, { priority: 7 }],
		['a priority of 0 as text', { priority: '={{ "0" }}' }, { priority: 0 }],
		['Keep Size off', { keepSize: false }, { keep_size: false }],
		['Keep Size on', { keepSize: true }, { keep_size: true }],
		['Keep Size as text', { keepSize: '={{ "false" }}' }, { keep_size: false }],
		[
			'IDs that are numbers, as text',
			{ imageId: '={{ 1042 }}', editor: '={{ 7 }}' },
			{ image_id: '1042', editor: '7' },
		],
		['nothing for options left empty', { imageId: '', editor: '={{ null }}' }, {}],
		['fields that the node does not know, from Raw JSON Fields', { extraBody: '{"editor":"me"}' }, { editor: 'me' }],
	])('%s', async (_, options, sent) => {
		itemsOf(await send(submit({ options })));
		expect(asked()).toEqual([{ ...least, ...sent }]);
	});
});

describe('the address of the image is sent unchanged', () => {
	it.each([
		'C:\\photos\\my photo.jpg',
		'coffee.jpg',
		'/data/图片/coffee.jpg',
		'file:///srv/coffee.jpg',
		'oss://bucket/a,b.jpg',
		' /srv/a b.jpg',
		`/${'long/'.repeat(60)}coffee.jpg`,
		'data',
	])('%s', async (imageUrl) => {
		itemsOf(await send(submit({ imageUrl })));
		expect(asked()).toEqual([{ ...least, image_url: imageUrl }]);
	});

	it('also beside a binary field of another name', async () => {
		itemsOf(await send(submit({ imageUrl: 'data' }), { items: [{ binary: { image: file() } }] }));
		expect(asked()).toEqual([{ ...least, image_url: 'data' }]);
	});
});

it.each([
	['={{ [$json.url] }}'],
	['={{ $json.images[0] }}'],
	['={{ $json.images }}'],
	['={{ { image_url: { url: $json.url } } }}'],
])('the address in %s', async (imageUrl) => {
	const url = `${provider.url}/_sandbox/photos/dogs.jpg`;
	itemsOf(await send(submit({ imageUrl }), { items: [{ json: { url, images: [{ index: 0, url }] } }] }));
	expect(asked()).toEqual([{ ...least, image_url: url }]);
});

it('expressions give each item its own values', async () => {
	const items = count(3).map(({ number }) => ({
		json: { image: `/srv/${number}.jpg`, words: `No ${number}`, number },
	}));
	const output = itemsOf(
		await send(
			submit({
				imageUrl: '={{ $json.image }}',
				prompt: '={{ $json.words }}',
				options: { priority: '={{ $json.number }}' },
			}),
			{ items },
		),
	);
	const byPriority = asked().sort((a, b) => Number(a.priority) - Number(b.priority));
	expect(byPriority).toEqual(
		[0, 1, 2].map((number) => ({ image_url: `/srv/${number}.jpg`, prompt: `No ${number}`, priority: number })),
	);
	expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 1 }, { item: 2 }]);
});

it('Execute Once submits the first item only', async () => {
	itemsOf(await send(submit(), { items: count(3).map((json) => ({ json })), executeOnce: true }));
	expect(control.ledger()).toHaveLength(1);
});

describe('every request signs in as the credential says', () => {
	const { token, headerName, headerSecret } = sandboxPsAccount;

	it.each([
		['none', {}],
		['bearer', { authentication: 'bearer', token }],
		['header', { authentication: 'header', headerName, headerSecret }],
	] as const)('%s', async (psAuth, fields) => {
		control.settings({ psAuth });
		const credentials = psCredentials(` ${provider.url}/ps/ps_tasks/ `, fields);
		const [item] = itemsOf(await run(submit(), { credentials }));
		for (const operation of ['get', 'wait'])
			itemsOf(await run({ resource: 'task', operation }, { credentials, items: [{ json: item?.json }] }));
		expect(
			new Set(
				control
					.requests()
					.map(({ authorization, status, path }) => `${authorization} ${status} ${path.replace(/[0-9a-f]{20}/, 'ID')}`),
			),
		).toEqual(new Set([`${psAuth} 200 /ps/ps_tasks/submit`, `${psAuth} 200 /ps/ps_tasks/result/ID`]));
		expect(control.files().every(({ hadAuthorization }) => !hadAuthorization)).toBe(true);
	});
});
