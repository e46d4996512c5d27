/** Extend To: Aspect Ratio. The sides follow from the size of the image, and a link's is read before anything is sent. */
import type { IDataObject } from 'n8n-workflow';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { startImageServer } from '../imageServer.ts';
import { create, errorOf, factsOf, file, itemsOf, KLING, photo, photos } from './support.ts';
import { expanding, startSuspending } from './suspendedSupport.ts';

const { run, attempt, suspend, control, credentials, n8n, tell, finish, taskIds } = await startSuspending();
const { state, at } = await startImageServer((response) => void response.writeHead(200).end(photo()));
const link = `${at('127.0.0.1')}/photo.jpg`;

const target = (change: Parameters<typeof create>[1] = {}) =>
	create('imageExpansion', { expansionMode: 'target', waitForCompletion: false, ...change });
const sides = () =>
	control
		.ledger()
		.map(({ request }) => ['up', 'down', 'left', 'right'].map((side) => Number(request[`${side}_expansion_ratio`])));
const creates = () => control.requests().filter(({ method }) => method === 'POST');
const soon = () => control.settings({ taskMs: [20, 40] });

/** A small image that a size can be told of. */
const image = async (width: number, height: number, orientation?: number) => {
	const blank = sharp({ create: { width, height, channels: 3, background: '#0a6' } });
	return await (orientation ? blank.withMetadata({ orientation }) : blank).jpeg().toBuffer();
};

describe('an image extended to an aspect ratio', () => {
	it("has that ratio and stands in the middle; nothing but Kling's own fields is sent", async () => {
		soon();
		const [item] = itemsOf(await run(target({ waitForCompletion: true })));
		// The photograph is 600 × 400.
		expect(item?.json.images).toMatchObject([{ width: 711, height: 400 }]);
		expect(item?.json.warnings).toBeUndefined();
		expect(sides()).toEqual([[0, 0, 0.0926, 0.0926]]);
		expect(Object.keys(control.ledger()[0]?.request ?? {}).sort()).toEqual(
			['down', 'left', 'right', 'up']
				.map((side) => `${side}_expansion_ratio`)
				.concat('external_task_id', 'image', 'n')
				.sort(),
		);
	});

	it('each item by its own image, ratio and place, upright as people see it, with one that is refused', async () => {
		const items = [
			{ json: { to: '9:16', at: 'top' }, binary: { data: file(await image(600, 400)) } },
			{ json: { to: '1:1', at: 'bottomRight' }, binary: { data: file(await image(600, 400)) } },
			// Stored lying, and 400 × 600 upright.
			{ json: { to: '1:1', at: 'left' }, binary: { data: file(await image(600, 400, 6)) } },
			{ json: { to: '3:2', at: 'center' }, binary: { data: file(await image(600, 400)) } },
		];
		const parameters = target({ targetAspectRatio: '={{ $json.to }}', anchor: '={{ $json.at }}' });
		const { items: output } = await run(parameters, { items, onError: 'continueRegularOutput' });
		expect(output.map(({ json }) => json.error)).toEqual([
			undefined,
			undefined,
			undefined,
			'The image is already 3:2 (600 × 400). Choose another aspect ratio or Custom Sides.',
		]);
		expect(sides()).toEqual(
			expect.arrayContaining([
				[0, 1.6667, 0, 0],
				[0.5, 0, 0, 0],
				[0, 0, 0, 0.5],
			]),
		);
		expect(creates()).toHaveLength(3);
	});

	it('as far as it is possible: with Stop Workflow nothing is sent when one item is not', async () => {
		const items = [...photos({}), { binary: { data: file(await image(1080, 1920)) } }];
		const error = errorOf(await run(target(), { items }));
		expect(error.message).toBe('16:9 makes the image 3.16 times as large; at most 3 times is possible');
		expect(error.description).toContain('The nearest possible ratio for its 1080 × 1920 pixels is 27:16.');
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created' });
		expect(creates()).toEqual([]);
	});

	it.each([
		['wide', 'Aspect Ratio is "wide", but it must be width to height, such as 16:9'],
		['16:0', 'Aspect Ratio is "16:0", but it must be width to height, such as 16:9'],
	])('the ratio %s is refused before anything is sent', async (to, message) => {
		expect(errorOf(await run(target({ targetAspectRatio: `={{ "${to}" }}` }))).message).toBe(message);
		expect(control.requests()).toEqual([]);
	});

	it('the choice itself may be an expression', async () => {
		const parameters = target({
			expansionMode: '={{ $json.mode }}',
			upExpansionRatio: '={{ 0.25 }}',
			targetAspectRatio: '={{ "4：3" }}',
		});
		itemsOf(await run(parameters, { items: photos({ mode: 'ratios' }, { mode: 'target' }) }));
		expect(sides()).toEqual(
			expect.arrayContaining([
				[0.25, 0, 0, 0],
				[0.0625, 0.0625, 0, 0],
			]),
		);
	});

	it('a file in a storage is measured in parts, whatever stands before its size', async () => {
		const jpeg = await image(400, 300);
		const segment = Buffer.alloc(65_537);
		segment.writeUInt32BE(0xffedffff, 0);
		const long = Buffer.concat([jpeg.subarray(0, 2), ...Array.from({ length: 9 }, () => segment), jpeg.subarray(2)]);
		itemsOf(await run(target({ targetAspectRatio: '2:1' }), { items: [{ binary: { data: file(long) } }] }));
		expect(sides()).toEqual([[0, 0, 0.25, 0.25]]);
	});
});

describe('a link', () => {
	it('is measured without a credential before the create, and sent as it is', async () => {
		itemsOf(await run(target({ image: link })));
		expect(sides()).toEqual([[0, 0, 0.0926, 0.0926]]);
		expect(state).toMatchObject({ hadAuthorization: false });
		expect(state.asked).toHaveLength(1);
	});

	it('is read no further than 256 kB', async () => {
		let sent = 0;
		state.answer = (response) => {
			response.writeHead(200);
			response.write(Buffer.from('ffd8', 'hex'));
			const segment = Buffer.alloc(65_537);
			segment.writeUInt32BE(0xffedffff, 0);
			const more = () => {
				while (!response.destroyed && sent < 200) {
					sent += 1;
					if (!response.write(segment)) return void response.once('drain', more);
				}
			};
			more();
		};
		const error = errorOf(await run(target({ image: link })));
		expect(error.message).toBe(
			'The size of the image cannot be read from its link. Choose Custom Sides, or pass the file.',
		);
		// What is in the buffers of both ends has been sent too.
		expect(sent).toBeLessThan(100);
		expect(control.requests()).toEqual([]);
	});

	it.each([
		[
			'a web page',
			200,
			'<!doctype html><p>Log in</p>',
			'The reason: the link leads to a web page, not an image. It may be a log-in page, or one that shows the image.',
		],
		['nothing', 404, 'no', 'The reason: the link leads to nothing. The file may have been moved or deleted.'],
		[
			'an image without a size',
			200,
			Buffer.from('ffd8ffd9', 'hex'),
			'The reason: its header does not tell it. Nothing was sent.',
		],
	])('to %s fails its item unsent, and the other item is bought', async (_, status, body, reason) => {
		state.answer = (response, { url }) =>
			void response.writeHead(url === '/bad' ? status : 200).end(url === '/bad' ? body : photo());
		const items = [{ json: { url: `${at('127.0.0.1')}/bad` } }, { json: { url: link } }];
		const result = await run(target({ image: '={{ $json.url }}' }), { items, onError: 'continueRegularOutput' });
		const [bad, good] = result.items;
		expect(bad?.json.error).toBe(
			'The size of the image cannot be read from its link. Choose Custom Sides, or pass the file.',
		);
		const details = bad?.json.details as IDataObject;
		expect(details).toMatchObject({ taskState: 'not-created', hint: expect.stringContaining(String(reason)) });
		expect(details.hint).not.toContain('paid');
		expect(good?.json.status).toBe('submitted');
		expect(creates()).toHaveLength(1);
	});

	it('on a private address that nobody has allowed is not asked for', async () => {
		const error = errorOf(await run(target({ image: `${at('127.0.0.2')}/a.jpg` })));
		expect(error.message).toContain('cannot be read from its link');
		expect(error.description).toMatch(
			/private address \(127\.0\.0\.2:\d+\)\. Add its host to Private Image Hosts in the credential/,
		);
		expect([state.asked, creates()]).toEqual([[], []]);
	});

	it('of at most eight images is read at once', async () => {
		let [open, most] = [0, 0];
		const waiting: Array<() => void> = [];
		state.answer = (response) => {
			open += 1;
			most = Math.max(most, open);
			waiting.push(() => {
				open -= 1;
				response.writeHead(200).end(photo());
			});
			// Answered once eight are there, or nobody else comes.
			if (waiting.length === 8 || state.asked.length > 8) for (const answer of waiting.splice(0)) answer();
		};
		const items = Array.from({ length: 20 }, (_, number) => ({ json: { url: `${link}?${number}` } }));
		itemsOf(await run(target({ image: '={{ $json.url }}' }), { items }));
		expect(most).toBe(8);
		expect(creates()).toHaveLength(20);
	});
});

it('an agent may name the link, the ratio and the place; two calls at once, and one that is refused', async () => {
	soon();
	const words = ['image', 'ratio', 'place'].map((word) => `={{ $fromAI('${word}') }}`);
	const [asked, ratio, place] = words;
	const { answers } = await n8n.runAsTool({
		node: KLING,
		credentials,
		parameters: {
			...target({ image: asked, targetAspectRatio: ratio, anchor: place, waitForCompletion: true }),
			downloadImages: false,
		},
		calls: [
			[
				{ image: link, ratio: '16:9', place: 'center' },
				{ image: `${link}?2`, ratio: '1:1', place: 'top' },
				{ image: link, ratio: '3:2', place: 'top' },
			],
		],
		atOnce: true,
	});
	expect(JSON.stringify(answers)).toContain('The image is already 3:2 (600 × 400).');
	expect(sides()).toHaveLength(2);
	expect(sides()).toEqual(
		expect.arrayContaining([
			[0, 0, 0.0926, 0.0926],
			[0, 0.5, 0, 0],
		]),
	);
});

describe('the same work', () => {
	it('is found again by a retry, also when the image behind the link has another size by then', async () => {
		soon();
		control.fates([{ fate: 'failed', count: 1 }]);
		const failed = await run(target({ image: link, waitForCompletion: true }));
		expect(failed.status).toBe('error');
		const [first] = control.ledger();
		const other = await image(500, 500);
		state.answer = (response) => void response.writeHead(200).end(other);
		control.fates([]);
		const again = itemsOf(await n8n.retry(failed));
		// A failed task is submitted anew under the ID of this work.
		expect(again[0]?.json.externalTaskId).toBe(`${first?.externalTaskId}-2`);
	});

	it('is found again by a retry when the link is dead by then, whose size is still known', async () => {
		soon();
		control.settings({ resultBaseUrl: 'http://127.0.0.9:1' });
		const failed = await run(target({ image: link, waitForCompletion: true }));
		expect(failed.status).toBe('error');
		control.settings({ resultBaseUrl: undefined });
		state.answer = (response) => void response.writeHead(403).end();
		const parameters = { ...target({ image: link, waitForCompletion: true }), downloadImages: false };
		const [item] = itemsOf(await n8n.retry(failed, { parameters }));
		expect(item?.json.taskId).toBe(control.ledger()[0]?.taskId);
		expect(control.ledger()).toHaveLength(1);
	});

	it('has one ID with the file by name and by expression, and another one with another ratio', async () => {
		const options = { executionId: '7', resumeToken: 'the-same' };
		const id = async (change: object) => itemsOf(await run(target({ ...change }), options))[0]?.json.externalTaskId;
		const [byName, byFile, other, moved] = [
			await id({}),
			await id({ image: '={{ $binary.data }}' }),
			await id({ targetAspectRatio: '9:16' }),
			await id({ anchor: 'left' }),
		];
		expect(byFile).toBe(byName);
		expect(new Set([byName, other, moved]).size).toBe(3);
	});
});

describe('a result of another shape', () => {
	it('is a warning of its item beyond 2 %', async () => {
		soon();
		const odd = await image(700, 400);
		const near = await image(708, 400);
		state.answer = (response, { url = '' }) =>
			void response.writeHead(200).end(/\/0(?:\.png)?(?:\?|$)/.test(url) ? odd : near);
		control.settings({ resultBaseUrl: at('127.0.0.1') });
		const [item] = itemsOf(await run(target({ targetAspectRatio: '9:5', n: 2, waitForCompletion: true })));
		expect(item?.json.warnings).toEqual(['Image 1 has 700 × 400 pixels, which is not 9:5: it is 2.8 % too narrow.']);
	});
});

it('Create and Wait for Callback extends to a ratio, refuses what it cannot measure, and warns of another shape', async () => {
	const refused = await attempt(expanding({ expansionMode: 'target', image: `${at('127.0.0.2')}/a.jpg` }), {
		items: [{ json: { number: 0 } }],
	});
	expect(refused.error?.message).toContain('cannot be read from its link');
	const suspended = await suspend(expanding({ expansionMode: 'target', downloadImages: true }), {
		items: [{ json: { number: 0 }, binary: { data: file() } }],
	});
	expect(sides()).toEqual([[0, 0, 0.0926, 0.0926]]);
	const square = await image(400, 400);
	state.answer = (response) => void response.writeHead(200).end(square);
	control.settings({ resultBaseUrl: at('127.0.0.1') });
	const [taskId = ''] = taskIds();
	await finish(taskId);
	const { run: ended } = await tell(suspended, taskId);
	expect(ended?.items[0]?.json).toMatchObject({
		status: 'succeeded',
		warnings: [expect.stringMatching(/not 16:9: it is 43\.8 % too narrow/)],
	});
});
