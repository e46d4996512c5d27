/** The examples that start where people are: Drive, Shopify, sheets, forms. Nodes of other services are stubs (`examples/stubs`). */
import sharp from 'sharp';
import { beforeAll, describe, expect, it, vi } from 'vitest';

import { failureOf, outputOf, type Execution, type Item } from '../../sandbox/n8n/execution';
import { photoNamed } from '../../sandbox/start/photos';
import { PATIENCE } from '../harness/patience';
import { openBrowser, type Browser } from './setup/browser';
import { changing, imported, picture, succeeded } from './setup/examples';
import { open, type Opened } from './setup/surroundings';

/** Those that are started by hand, side by side: portraits are asked for 15 s apart. */
const BY_HAND = [
	'drive-folder-to-three-formats',
	'shopify-product-to-scene-image',
	'sheet-rows-to-images-and-links',
	'portrait-to-wide-to-edit',
	'clients-with-their-own-accounts',
	'submit-now-collect-later-ps',
	'submit-now-collect-later-portraits',
] as const;

let opened: Opened;
const ids = new Map<string, string>();
const runs = new Map<string, Execution>();

beforeAll(async () => {
	opened = await open();
	for (const key of BY_HAND) ids.set(key, await imported(opened, key));
	await Promise.all(BY_HAND.map(async (key) => runs.set(key, await opened.n8n.runToEnd(ids.get(key)!, 'Start'))));
});

const executionOf = (key: (typeof BY_HAND)[number]) => succeeded(runs.get(key)!);
const valuesOf = (items: Item[], field: string) => items.map(({ json }) => json[field]);
const sizeOf = async (file: Buffer) => {
	const { width, height } = await sharp(file).metadata();
	return { width, height };
};
const sizes = async (items: Item[], field = 'image') =>
	await Promise.all(items.map(async (item) => await sizeOf(await picture(opened, item, field))));

it('drive-folder-to-three-formats.json: every photo in three formats, named after it, in the folder', async () => {
	const execution = executionOf('drive-folder-to-three-formats');
	expect(outputOf(execution, 'What Failed')).toEqual([]);
	const made = outputOf(execution, 'Extend an image beyond its edges');
	expect(valuesOf(made, 'aspectRatio')).toEqual(['16:9', '9:16', '1:1', '16:9', '9:16', '1:1']);
	for (const [index, { width, height }] of (await sizes(made)).entries()) {
		const [across, down] = String(made[index]!.json.aspectRatio).split(':').map(Number);
		expect(Math.abs(width - (height * across!) / down!), 'within a pixel').toBeLessThanOrEqual(1.5);
	}
	expect(valuesOf(outputOf(execution, 'Upload file'), 'name')).toEqual(
		['mountains', 'coffee'].flatMap((name) => ['16x9', '9x16', '1x1'].map((ratio) => `${name} ${ratio}_1.png`)),
	);
});

it('shopify-product-to-scene-image.json: one more image for each product that has no scene yet', async () => {
	const execution = executionOf('shopify-product-to-scene-image');
	const made = outputOf(execution, 'Combine images into one scene');
	for (const { width, height } of await sizes(made)) expect(width).toBe(height);
	const sent = outputOf(execution, 'Add the Image').map(({ json }) => json.image as { src: string; alt: string });
	expect(sent.map(({ alt }) => alt)).toEqual(['Scene: Coffee mug', 'Scene: Hand drum']);
	for (const { src } of sent) await sizeOf(Buffer.from(await (await fetch(src)).arrayBuffer()));
});

it('sheet-rows-to-images-and-links.json: an image for each new row, and its link in the row', async () => {
	const execution = executionOf('sheet-rows-to-images-and-links');
	expect(await sizes(outputOf(execution, 'Generate an image'))).toHaveLength(2);
	expect(valuesOf(outputOf(execution, 'Upload file'), 'name')).toEqual(['spring-1_1.png', 'spring-3_1.png']);
	expect(outputOf(execution, 'Write the Link').map(({ json }) => json)).toEqual(
		['spring-1', 'spring-3'].map((id) => ({
			id,
			status: 'done',
			link: expect.stringContaining('https://drive.google.com/') as string,
		})),
	);
});

it('portrait-to-wide-to-edit.json: a portrait, wide, in other colours', async () => {
	const execution = executionOf('portrait-to-wide-to-edit');
	const [wide] = await sizes(outputOf(execution, 'Extend an image beyond its edges'));
	expect(wide!.width / wide!.height).toBeCloseTo(16 / 9, 2);
	expect(await sizes(outputOf(execution, 'Edit an image with a prompt'))).toEqual([wide]);
});

it("clients-with-their-own-accounts.json: each client's images, and what each has used", async () => {
	const execution = executionOf('clients-with-their-own-accounts');
	for (const [node, prefix, count] of [
		['For Acme', 'acme-', 2],
		['For Globex', 'globex-', 1],
	] as const) {
		const made = outputOf(execution, node);
		expect(await sizes(made)).toHaveLength(count);
		for (const id of valuesOf(made, 'externalTaskId')) expect(String(id).startsWith(prefix)).toBe(true);
	}
	const costs = outputOf(execution, 'Cost per Client').map(({ json }) => [json.client, json.sum_unitsDeducted]);
	expect(costs).toEqual([
		['Acme', 16],
		['Globex', 8],
	]);
});

describe.each([
	['submit-now-collect-later-ps', 'Edit an image with a prompt', 'Use the Images', 2],
	['submit-now-collect-later-portraits', 'Train a model of a person', 'Generate portraits from a model', 1],
] as const)('%s.json', (key, submit, use, count) => {
	it('notes what was submitted, and collects each task once, when it has ended', async () => {
		const submitted = outputOf(executionOf(key), submit);
		expect(submitted).toHaveLength(count);
		expect(submitted.map(({ binary }) => binary)).toEqual(submitted.map(() => undefined));
		const collected: unknown[] = [];
		const images: Buffer[] = [];
		const collect = async () => {
			const execution = succeeded(await opened.n8n.runToEnd(ids.get(key)!, 'Every 10 Minutes'));
			for (const item of outputOf(execution, use)) images.push(await picture(opened, item));
			collected.push(...valuesOf(outputOf(execution, 'Note the End'), 'taskId'));
			return outputOf(execution, 'Open Tasks').length === 0;
		};
		await vi.waitUntil(collect, { ...PATIENCE, interval: 1_000 });
		expect(collected.sort()).toEqual(valuesOf(submitted, 'taskId').sort());
		expect(images).toHaveLength(count);
	});
});

describe('retry-what-failed-and-alert.json', () => {
	it('tries again what may work later, tells of what will not, and pays for each job once', async () => {
		await opened.provider.reset();
		await opened.provider.fates([
			{ match: { promptIncludes: 'lighthouse' }, fate: 'stuck' }, // the task ends when the test says so
			{ match: { promptIncludes: 'market' }, fate: 'failed', message: 'Failure to pass the risk control system' },
		]);
		const impatient = changing('Generate an image', ({ parameters }) => ({
			parameters: { ...parameters, options: { ...(parameters.options as object), timeout: 0.05 } },
		}));
		const id = await imported(opened, 'retry-what-failed-and-alert', impatient);
		const executionId = await opened.n8n.run(id, 'Start');
		const creates = async () => (await opened.provider.requests()).filter(({ on }) => on === 'create').length;
		await vi.waitUntil(async () => (await creates()) > 3, PATIENCE);
		await opened.provider.finishAll();
		const execution = succeeded(await opened.n8n.waitForEnd(executionId));
		const { runData } = execution.data.resultData;
		const used = runData['Use the Images']!.flatMap(({ data }) => data?.main?.[0] ?? []);
		for (const item of used) await picture(opened, item);
		expect(valuesOf(used, 'id').sort()).toEqual(['job-1001', 'job-1003']);
		const told = runData['Send a message']!.flatMap(({ data }) => data?.main?.[0] ?? []);
		expect(JSON.stringify(told)).toContain('job-1002: ');
		const paid = (await opened.provider.ledger()).map(({ externalTaskId }) => externalTaskId);
		expect(paid.sort()).toEqual(['job-1001', 'job-1002', 'job-1003']);
	});
});

describe('the examples with a form', () => {
	let browser: Browser;

	beforeAll(async () => {
		await opened.provider.reset();
		browser = await openBrowser();
		const forms = ['form-to-image', 'form-photos-to-portraits', 'photo-for-ps-by-signed-link'];
		for (const key of forms) {
			ids.set(key, await imported(opened, key));
			await opened.n8n.publish(ids.get(key)!);
		}
		return async () => {
			await browser.close();
			for (const key of forms) await opened.n8n.unpublish(ids.get(key)!);
		};
	});

	const submit = async () => await browser.page.locator('button[type=submit]').click();
	const visit = async (path: string) => await browser.page.goto(`${opened.n8nUrl}/form/${path}`);
	const images = () => browser.page.locator('img[src*="/files/"]');

	/** The visitor sees that many images, each of which opens. */
	async function expectShown(count: number): Promise<void> {
		await images().first().waitFor();
		expect(await images().count()).toBe(count);
		const widths = async () =>
			await images().evaluateAll((shown) => shown.map((image) => (image as HTMLImageElement).naturalWidth));
		await expect.poll(widths, PATIENCE).toSatisfy((all: number[]) => all.every((width) => width > 300));
	}

	async function expectSaid(words: string): Promise<void> {
		await browser.page.getByText(words).waitFor();
	}

	describe('form-to-image.json', () => {
		async function ask(sentence: string): Promise<void> {
			await visit('make-an-image');
			await browser.page.locator('textarea').fill(sentence);
			await browser.page.locator('select').selectOption('16:9');
			await submit();
		}

		it('shows the image to who filled it in', async () => {
			await ask('A lighthouse at sunrise');
			await expectShown(1);
			const [task] = await opened.provider.ledger();
			expect(task!.request).toMatchObject({ prompt: 'A lighthouse at sunrise', aspect_ratio: '16:9' });
		});

		it('says why there is none', async () => {
			await opened.provider.fates([{ fate: 'failed', message: 'Failure to pass the risk control system' }]);
			await ask('Something that is refused');
			await expectSaid('risk control');
			await opened.provider.fates([]);
		});
	});

	it('form-photos-to-portraits.json: photos are sent once, styles are asked for as often as one likes', async () => {
		await visit('my-portraits');
		await ask('ada@example.com');
		await expectSaid('There is no model for this address yet');
		const id = ids.get('form-photos-to-portraits')!;
		const known = (await opened.n8n.executions(id)).map((execution) => execution.id);
		await visit('train-my-model');
		await browser.page.locator('input[type=email]').fill('ada@example.com');
		const names = Array.from({ length: 8 }, (_, index) => `person-${index + 1}.jpg`);
		await browser.page
			.locator('input[type=file]')
			.setInputFiles(
				await Promise.all(
					names.map(async (name) => ({ name, mimeType: 'image/jpeg', buffer: await photoNamed(name) })),
				),
			);
		await submit();
		await expectSaid('Your model is ready in half an hour');
		const [training] = await opened.n8n.newExecutions(id, known);
		const trained = succeeded(await opened.n8n.waitForEnd(training!.id));
		const [row] = outputOf(trained, 'Keep the User ID');
		expect(row?.json.person).toBe('ada@example.com');
		await visit('my-portraits');
		await ask('ada@example.com');
		await expectShown(3);
		const portrait = (await opened.provider.ledger()).find(({ resource }) => resource === 'portrait');
		expect(portrait!.request.user_id).toBe(row?.json.userId);

		async function ask(email: string): Promise<void> {
			await browser.page.locator('input[type=email]').fill(email);
			await browser.page.locator('select').selectOption('花好月圆');
			await submit();
		}
	});

	describe('photo-for-ps-by-signed-link.json', () => {
		it('PS fetches the photo by the signed link, and the visitor sees the edited one', async () => {
			await visit('edit-a-photo');
			const photo = { name: 'mug.jpg', mimeType: 'image/jpeg', buffer: await photoNamed('coffee.jpg') };
			await browser.page.locator('input[type=file]').setInputFiles(photo);
			await browser.page.locator('textarea').fill('Make it blue');
			await submit();
			await expectShown(1);
		});

		it('refuses a link that was changed', async () => {
			const task = (await opened.provider.ledger()).at(-1)!;
			const link = new URL(String(task.request.image_url));
			const status = async () => (await fetch(link)).status;
			expect(await status()).toBe(200);
			link.searchParams.set('expires', String(Number(link.searchParams.get('expires')) + 60));
			expect(await status()).toBe(403);
			link.searchParams.set('name', '../.n8n/config');
			expect(await status()).toBe(403);
		});
	});
});

it('every execution of these examples ended well', () => {
	for (const [key, execution] of runs) expect(execution.status, `${key}: ${failureOf(execution)}`).toBe('success');
});
