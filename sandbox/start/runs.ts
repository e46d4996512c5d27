import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { N8nClient } from '../n8n/client';
import { binariesOf, failureOf, type Execution } from '../n8n/execution';
import { startsOf, type Example, type Places } from './examples';
import { photoFolder } from './photos';
import type { Image } from './images';

/** How long an example waits for the execution that brings its images, in ms. */
const LATER_MS = 120_000;

/** The photos that the webhook example is called with, as with `curl -F`. */
export const SUBJECT_PHOTOS = ['astronaut.jpg', 'dogs.jpg', 'coffee.jpg'];
export const SCENE_PROMPT = 'All of them together on a sunny terrace by the sea';

/** What the examples are called with that answer a call with an image. */
const calls: Record<string, (places: Places) => Promise<FormData | Record<string, unknown>>> = {
	'combine-subjects-in-one-scene': subjects,
	'same-webhook-twice-buys-once': async ({ photos }) => ({ order: 'A-1001', photo: `${photos}/photos/mountains.jpg` }),
};

/**
 * Whether an example can be run as soon as it is imported; the others wait for a poll, or for a call with an address to
 * answer to.
 */
export function runsAtOnce(example: Example): boolean {
	const { byHand, byPoll } = startsOf(example);
	return byPoll.length === 0 && (byHand.length > 0 || example.key in calls);
}

/** Runs an imported example as its triggers want it, and gives the images that it delivered. */
export async function runExample(n8n: N8nClient, example: Example, id: string, places: Places): Promise<Image[]> {
	const {
		byHand: [first, ...others],
		byCall,
	} = startsOf(example);
	if (byCall.length > 0) await n8n.publish(id);
	if (first === undefined) return [await call(n8n, example, id, places)];
	const seen = new Set((await n8n.executions(id)).map((execution) => execution.id));
	const images = await imagesOf(n8n, succeeded(await n8n.runToEnd(id, first.name)));
	if (images.length > 0) return images;
	for (const deadline = Date.now() + LATER_MS; Date.now() < deadline; await sleep(500)) {
		for (const { name } of others) await n8n.runToEnd(id, name);
		for (const started of await n8n.executions(id)) {
			if (seen.has(started.id)) continue;
			seen.add(started.id);
			const later = await imagesOf(n8n, succeeded(await n8n.waitForEnd(started.id)));
			if (later.length > 0) return later;
		}
	}
	throw new Error(`No execution brought images within ${LATER_MS / 1000} s.`);
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
