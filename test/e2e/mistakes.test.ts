/**
 * What people do wrong in the editor, what it shows then, and that doing what it says leads to the image. The texts, and
 * how long until they are shown, are written to test/output.
 */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import sharp from 'sharp';
import { afterAll, describe, expect, it } from 'vitest';

import { screenshots } from './setup/browser';
import { openEditor } from './setup/editing';
import { ALIYUN, EDIT, KLING, personPhotos, PS, STYLE, taskWorkflow } from './setup/workflows';

const { opened, editor } = await openEditor();

const photo = `${opened.photosUrl}/photos/coffee.jpg`;

/** A PNG as a data URI, with sides in pixels. */
async function png(width: number, height: number): Promise<string> {
	const file = await sharp({ create: { width, height, channels: 3, background: '#a33' } })
		.png()
		.toBuffer();
	return `data:image/png;base64,${file.toString('base64')}`;
}

interface Mistake {
	title: string;
	parameters: Record<string, unknown>;
	service?: keyof typeof NODES;
	/** What the service does meanwhile. */
	before?: () => Promise<void>;
	says: RegExp;
	nextStep: RegExp;
	/** How many tasks there are when the error is shown. */
	bought?: number;
	/** What the description tells the user to do. */
	mend: () => Promise<void>;
}

const NODES = { klingApi: KLING, aliyunMarketApi: ALIYUN, psTaskApi: PS };
const people = personPhotos(opened.photosUrl);

const PORTRAITS = { resource: 'portrait', operation: 'generate', style: STYLE, options: { pollInterval: 0.2 } };
const GENERATION = { resource: 'imageGeneration', operation: 'create', prompt: 'A red kettle' };
const EXPANSION = { resource: 'imageExpansion', operation: 'create', image: photo };
const often = { pollInterval: 0.2 };

const MISTAKES: Mistake[] = [
	{
		title: 'no prompt',
		parameters: { ...GENERATION, prompt: ' ', options: often },
		says: /^Prompt is empty, but it must say what the image should show$/,
		nextStep: /Nothing was sent/,
		mend: async () => await editor.setText('prompt', 'A red kettle'),
	},
	{
		title: 'a prompt that the service refuses',
		parameters: { ...GENERATION, prompt: 'A storm', options: often },
		before: async () =>
			await opened.provider.fates([
				{ match: { promptIncludes: 'storm' }, fate: 'failed', message: 'Failure to pass the risk control system' },
			]),
		says: /^Kling could not make the image: Failure to pass the risk control system$/,
		nextStep: /the prompt/,
		bought: 1,
		mend: async () => await editor.setText('prompt', 'A calm sea'),
	},
	{
		title: 'the name of a binary field that is not there',
		parameters: { ...EXPANSION, image: 'photo', options: often },
		says: /photo/,
		nextStep: /./,
		mend: async () => await editor.setText('image', photo),
	},
	{
		title: 'an image that is too small',
		parameters: { ...EXPANSION, image: await png(200, 150), options: often },
		says: /200 × 150|150/,
		nextStep: /Edit Image/,
		mend: async () => await editor.setText('image', photo),
	},
	{
		title: 'an image that has the ratio already',
		parameters: { ...EXPANSION, image: await png(1600, 900), options: often },
		says: /^The image is already 16:9 \(1600 × 900\)/,
		nextStep: /./,
		mend: async () => await editor.choose('targetAspectRatio', 'Square 1:1'),
	},
	{
		title: 'a link that leads to no image',
		parameters: { ...EXPANSION, image: `${opened.photosUrl}/photos/nothing.jpg`, options: often },
		says: /^The size of the image cannot be read from its link/,
		nextStep: /the link leads to nothing/,
		mend: async () => await editor.setText('image', photo),
	},
	{
		title: 'a cap that is too low',
		parameters: { ...GENERATION, n: 3, options: { ...often, maxUnits: 10 } },
		says: /24 units/,
		nextStep: /Maximum Units/,
		mend: async () => await editor.setNumber('n', 1),
	},
	{
		title: 'a pack that is used up',
		parameters: { ...GENERATION, options: often },
		before: async () => await opened.provider.faults([{ on: 'create', kind: 'code', code: 1102 }]),
		says: /^Kling refused to make the image: the resource pack is used up or has expired/,
		nextStep: /Buy a resource pack/,
		mend: async () => await opened.provider.faults([]),
	},
	{
		title: 'a timeout, as an error',
		parameters: { ...GENERATION, options: { ...often, timeout: 0.02, onTimeout: 'error' } },
		before: async () => await opened.provider.fates([{ taskMs: 20_000, count: 1 }]),
		says: /^Kling is still working after/,
		nextStep: /Wait for Completion/,
		bought: 1,
		mend: async () => {
			await editor.choose('operation', 'Wait for Completion');
			await opened.provider.finishAll();
			await editor.useFixed('taskId');
			await editor.setText('taskId', (await opened.provider.ledger())[0]!.taskId);
		},
	},
	{
		title: 'too few photos',
		service: 'aliyunMarketApi',
		parameters: { ...PORTRAITS, photos: people.slice(0, 3).join('\n') },
		says: /^Photos: there are 3 images, and at least 8 are needed$/,
		nextStep: /^Hand over 8 to 20 images/,
		mend: async () => await editor.setText('photos', people.join('\n')),
	},
	{
		title: 'a link to a web page among the photos',
		service: 'aliyunMarketApi',
		parameters: { ...PORTRAITS, photos: [...people.slice(1), `${opened.n8nUrl}/signin`].join('\n') },
		says: /^The link leads to a web page, not an image \(Photos\)$/,
		nextStep: /direct download link/,
		mend: async () => await editor.setText('photos', people.join('\n')),
	},
	{
		title: 'a path that is not on the machine of the service',
		service: 'psTaskApi',
		parameters: { ...EDIT, imageUrl: 'photos/cup.png', prompt: 'More sun' },
		says: /^PS Task could not make the image: No such file: photos\/cup.png$/,
		nextStep: /Change what the reason names/,
		bought: 1,
		mend: async () => await editor.setText('imageUrl', photo),
	},
];

const rows: string[] = [];

afterAll(async () => {
	const head = ['| Mistake | Message | Description | Shown after (s) |', '| --- | --- | --- | --- |'];
	await writeFile(join(screenshots, '..', 'mistakes.txt'), `${[...head, ...rows].join('\n')}\n`);
});

/** Nobody can read these in a message: IDs, codes, names of variables. */
const RIDDLES = /\d{12,}|E[A-Z]{4,}|taskState|undefined|\[object/;

describe('a mistake is understood, and mended by what the error says', () => {
	it.each(MISTAKES)('$title', async ({ parameters, service = 'klingApi', title, before, ...expected }) => {
		await before?.();
		const node = NODES[service];
		const workflow = taskWorkflow(title, [{}], parameters, opened.credentials[service]);
		await editor.openWorkflow((await opened.n8n.importWorkflow(workflow)).id, node);
		await editor.openNode(node);
		const start = performance.now();
		await editor.part('node-execute-button').first().click();
		const message = editor.part('node-error-message', editor.output());
		await message.waitFor();
		const seconds = (performance.now() - start) / 1000;
		await editor.dismissToasts();
		const said = (await message.innerText()).trim();
		const next = (await editor.part('node-error-description', editor.output()).innerText()).trim();
		await editor.shot(`mistake-${title.replaceAll(' ', '-').replaceAll(',', '')}`);
		rows.push(`| ${title} | ${said} | ${next.replaceAll('\n', ' ')} | ${seconds.toFixed(1)} |`);
		expect(said).toMatch(expected.says);
		expect(next).toMatch(expected.nextStep);
		expect(`${said} ${next}`).not.toMatch(RIDDLES);
		expect(await opened.provider.ledger()).toHaveLength(expected.bought ?? 0);

		await expected.mend();
		await editor.part('node-execute-button').first().click();
		await editor.part('ndv-view-binary-data', editor.output()).first().waitFor();
	});
});
