import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { N8nClient } from '../n8n/client';
import { replaceAddress, type CredentialReference, type Workflow, type WorkflowNode } from '../n8n/workflow';
import { PHOTO_HOST } from './photos';

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

/** What the examples' placeholders stand for here. */
export interface Places {
	/** Address of the sample photographs. */
	photos: string;
	/** Folder that n8n may write files into. */
	files: string;
}

/** Where an example says that n8n is reached from outside; replaced by n8n's address on import. */
const N8N_HOST = 'https://n8n.example.com';

/** Where an example saves files: the folder that n8n's Docker image has for that. */
const FILES_FOLDER = '/home/node/.n8n-files';

/** Imports an example with places and credentials put in; gives the workflow's ID. */
export async function importExample(
	n8n: N8nClient,
	{ workflow }: Example,
	places: Places,
	credentials: CredentialReference[],
): Promise<string> {
	const replaced: Array<[string, string]> = [
		[PHOTO_HOST, places.photos],
		[N8N_HOST, n8n.http.url],
		[FILES_FOLDER, places.files],
	];
	const placed = replaced.reduce((changed, [from, to]) => replaceAddress(changed, from, to), workflow);
	const { id } = await n8n.importWorkflow({ ...placed, nodes: placed.nodes.map(allowLoopback) }, credentials);
	return id;
}

/** The simulators are on this machine, so they reach what the node holds unreachable. */
function allowLoopback(node: WorkflowNode): WorkflowNode {
	if (!isSuspended(node)) return node;
	const options = { ...(node.parameters.options as object | undefined), allowUnreachable: true };
	return { ...node, parameters: { ...node.parameters, options } };
}

const isSuspended = ({ parameters }: WorkflowNode) => parameters.operation === 'createAndWaitForCallback';

/** The types of the credentials that an example needs. */
export function credentialTypesOf({ workflow }: Example): string[] {
	return [...new Set(workflow.nodes.flatMap(({ credentials = {} }) => Object.keys(credentials)))];
}

/** Whether an example is of use only where Kling reaches n8n. */
export function needsCallsOfKling({ workflow }: Example): boolean {
	return workflow.nodes.some(
		(node) => node.type.endsWith('.klingCallbackTrigger') || (node.type.endsWith('.kling') && isSuspended(node)),
	);
}

/** The nodes that can start an example. */
export interface Starts {
	/** Those that the editor's button starts, Manual Trigger first. */
	byHand: WorkflowNode[];
	/** Those with an address of their own. */
	byCall: WorkflowNode[];
	/** Those that ask a service again and again. */
	byPoll: WorkflowNode[];
}

export function startsOf({ workflow }: Example): Starts {
	const ofTypes = (...types: string[]) =>
		types.flatMap((type) => workflow.nodes.filter((node) => node.type.split('.').at(-1) === type));
	return {
		byHand: ofTypes('manualTrigger', 'scheduleTrigger'),
		byCall: ofTypes('webhook', 'klingCallbackTrigger'),
		byPoll: ofTypes('klingTrigger', 'aliyunPortraitTrigger'),
	};
}
