import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { N8nClient } from '../n8n/client';
import { binariesOf, failureOf, outputOf, type Execution, type Item } from '../n8n/execution';
import { heard, press, say } from './chat';
import { startsOf, type Example, type Places } from './examples';
import { photoFolder } from './photos';
import type { Image } from './images';

/** How long an example waits for the execution that delivers something, in ms. */
const LATER_MS = 120_000;
/** The same for a report, which may have nothing to say. */
const REPORT_LATER_MS = 20_000;

/** The photos that the webhook example is called with, as with `curl -F`. */
export const SUBJECT_PHOTOS = ['astronaut.jpg', 'dogs.jpg', 'coffee.jpg'];
export const SCENE_PROMPT = 'All of them together on a sunny terrace by the sea';

/** What the examples are called with that answer a call with an image. */
const calls: Record<string, (places: Places) => Promise<FormData | Record<string, unknown>>> = {
	'combine-subjects-in-one-scene': subjects,
	'same-webhook-twice-buys-once': async ({ photos }) => ({ order: 'A-1001', photo: `${photos}/photos/mountains.jpg` }),
};

/** Examples that report something and make no images: the node that gives the report. */
const reports: Record<string, string> = {
	'low-pack-alarm': 'The Message',
	'monthly-cost-report': 'Add Them Up',
};

export const isReport = ({ key }: Example) => key in reports;

/** What an example delivered: images, or what a report says. */
export interface Delivery {
	images: Image[];
	report: Array<Item['json']>;
}

/**
 * Whether an example can be run as soon as it is imported; the others wait for a poll, or for a call with an address to
 * answer to.
 */
export function runsAtOnce(example: Example): boolean {
	const { byHand, byChat, byPoll } = startsOf(example);
	return byPoll.length === 0 && (byHand.length > 0 || byChat.length > 0 || example.key in calls);
}

/** Runs an imported example as its triggers want it, and gives what it delivered; only a report may be empty. */
export async function runExample(n8n: N8nClient, example: Example, id: string, places: Places): Promise<Delivery> {
	const {
		byHand: [first, ...others],
		byCall,
		byChat: [chat],
	} = startsOf(example);
	if (chat) return { images: [await converse(n8n, id, chat.name)], report: [] };
	if (byCall.length > 0) await n8n.publish(id);
	if (first === undefined) return { images: [await call(n8n, example, id, places)], report: [] };
	const seen = new Set((await n8n.executions(id)).map((execution) => execution.id));
	const delivered = await deliveryOf(n8n, example, await n8n.runToEnd(id, first.name));
	if (delivered) return delivered;
	const laterMs = isReport(example) ? REPORT_LATER_MS : LATER_MS;
	for (const deadline = Date.now() + laterMs; Date.now() < deadline; await sleep(500)) {
		for (const { name } of others) await n8n.runToEnd(id, name);
		for (const started of await n8n.executions(id)) {
			if (seen.has(started.id)) continue;
			seen.add(started.id);
			const later = await deliveryOf(n8n, example, await n8n.waitForEnd(started.id));
			if (later) return later;
		}
	}
	if (isReport(example)) return { images: [], report: [] };
	throw new Error(`No execution brought images within ${LATER_MS / 1000} s.`);
}

/** What is said in the chat, whose reviews are answered with yes; gives the image that the answer names. */
async function converse(n8n: N8nClient, id: string, trigger: string): Promise<Image> {
	const executionId = await say(n8n, id, trigger, 'A red kettle on a blue table in the morning light');
	await press(await heard(n8n, executionId), 'yes');
	const { text } = await heard(n8n, executionId, ({ buttons }) => buttons.length === 0);
	const [url] = /https?:\/\/[^\s"'\\)]+/.exec(text) ?? [];
	// Nobody is in the chat to whom the answer could be brought.
	await n8n.stopExecution(executionId);
	if (url === undefined) throw new Error(`The answer names no image: ${text}`);
	return { data: Buffer.from(await (await fetch(url)).arrayBuffer()), fileName: 'answer.png' };
}

/** What an execution delivered, if it delivered anything. */
async function deliveryOf(n8n: N8nClient, { key }: Example, execution: Execution): Promise<Delivery | undefined> {
	const node = reports[key];
	const report = node === undefined ? [] : outputOf(succeeded(execution), node).map(({ json }) => json);
	const images = node === undefined ? await imagesOf(n8n, succeeded(execution)) : [];
	return images.length + report.length > 0 ? { images, report } : undefined;
}

function succeeded(execution: Execution): Execution {
	if (execution.status !== 'success') throw new Error(`It ended with ${failureOf(execution)}`);
	return execution;
}

/** The images of the last node that gave any. */
async function imagesOf(n8n: N8nClient, { data }: Execution): Promise<Image[]> {
	const runs = Object.values(data.resultData.runData)
		.flat()
		.sort((one, other) => other.startTime - one.startTime);
	const images = runs.map((run) => binariesOf(run.data?.main?.flatMap((output) => output ?? []) ?? []));
	const last = images.find((fields) => fields.length > 0) ?? [];
	return await Promise.all(
		last.map(async (field) => ({ data: await n8n.download(field), fileName: field.fileName ?? 'image' })),
	);
}

async function subjects(): Promise<FormData> {
	const form = new FormData();
	for (const [index, name] of SUBJECT_PHOTOS.entries()) {
		form.append(`photo${index + 1}`, new Blob([await readFile(join(photoFolder, name))], { type: 'image/jpeg' }), name);
	}
	form.append('prompt', SCENE_PROMPT);
	return form;
}

async function call(n8n: N8nClient, example: Example, id: string, places: Places): Promise<Image> {
	const path = String(startsOf(example).byCall[0]?.parameters.path);
	const { status, contentType, body } = await n8n.callWebhook(path, await calls[example.key]!(places));
	if (status === 200 && contentType.startsWith('image/')) {
		return { data: body, fileName: `answer.${contentType.slice('image/'.length).replace('jpeg', 'jpg')}` };
	}
	const [latest] = await n8n.executions(id);
	const why = latest === undefined ? '' : ` The execution: ${failureOf(await n8n.waitForEnd(latest.id))}`;
	throw new Error(`The webhook "${path}" answered ${status} without an image.${why}`);
}
