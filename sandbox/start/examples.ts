import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { N8nClient } from '../n8n/client';
import { binariesOf, failureOf, type Execution } from '../n8n/execution';
import { replaceAddress, type CredentialReference, type Workflow, type WorkflowNode } from '../n8n/workflow';
import { PHOTO_HOST, photoFolder } from './photos';
import type { Picture } from './pictures';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'examples');

/** A file of `examples/`; its key is the file's name without the ending. */
export interface Example {
	key: string;
	workflow: Workflow;
}

/** The example workflows as a user would import them. */
export async function readExamples(): Promise<Example[]> {
	const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
	return await Promise.all(
		files.map(async (file) => ({
			key: basename(file, '.json'),
			workflow: JSON.parse(await readFile(join(folder, file), 'utf8')) as Workflow,
		})),
	);
}

/** Imports an example with its photos' address and its credential put in; gives the workflow's ID. */
export async function importExample(n8n: N8nClient, example: Example, photos: string, credential: CredentialReference): Promise<string> {
	const { id } = await n8n.importWorkflow(replaceAddress(example.workflow, PHOTO_HOST, photos), [credential]);
	return id;
}

/** Runs an imported example as its trigger wants it, and gives the pictures that it delivered. */
export async function runExample(n8n: N8nClient, { workflow }: Example, id: string): Promise<Picture[]> {
	const trigger = workflow.nodes.find(({ type }) => /trigger$|\.webhook$/i.test(type));
	if (trigger === undefined) throw new Error(`"${workflow.name}" has no trigger.`);
	if (trigger.type.endsWith('.webhook')) return [await callWithPhotos(n8n, id, trigger)];
	const execution = await n8n.runToEnd(id, trigger.name);
	if (execution.status !== 'success') throw new Error(`"${workflow.name}" ended with ${failureOf(execution)}`);
	return await lastPictures(n8n, execution);
}

async function lastPictures(n8n: N8nClient, { data }: Execution): Promise<Picture[]> {
	const { runData, lastNodeExecuted = '' } = data.resultData;
	const items = runData[lastNodeExecuted]?.at(-1)?.data?.main?.flatMap((output) => output ?? []) ?? [];
	return await Promise.all(
		binariesOf(items).map(async (field) => ({ data: await n8n.download(field), fileName: field.fileName ?? 'picture' })),
	);
}

/** The photos that the webhook example is called with, as with `curl -F`. */
export const SUBJECT_PHOTOS = ['astronaut.jpg', 'dogs.jpg', 'coffee.jpg'];
export const SCENE_PROMPT = 'All of them together on a sunny terrace by the sea';

async function callWithPhotos(n8n: N8nClient, id: string, trigger: WorkflowNode): Promise<Picture> {
	await n8n.publish(id);
	const form = new FormData();
	for (const [index, name] of SUBJECT_PHOTOS.entries()) {
		form.append(`photo${index + 1}`, new Blob([await readFile(join(photoFolder, name))], { type: 'image/jpeg' }), name);
	}
	form.append('prompt', SCENE_PROMPT);
	const { status, contentType, body } = await n8n.callWebhook(String(trigger.parameters.path), form);
	if (status === 200 && contentType.startsWith('image/')) {
		return { data: body, fileName: `scene.${contentType.slice('image/'.length).replace('jpeg', 'jpg')}` };
	}
	const [latest] = await n8n.executions(id);
	const why = latest === undefined ? '' : ` The execution: ${failureOf(await n8n.waitForEnd(latest.id))}`;
	throw new Error(`The webhook "${String(trigger.parameters.path)}" answered ${status} without a picture.${why}`);
}
