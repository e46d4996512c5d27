import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { N8nClient } from '../n8n/client';
import { replaceAddress, stableId, type CredentialReference, type Workflow, type WorkflowNode } from '../n8n/workflow';
import { PHOTO_HOST } from './photos';
import { readStubs, withStubs, type Stub } from './stubs';

/** What everybody should know who sees an image of the simulators. */
export const ABOUT_IMAGES = 'Its images are collages of the input, not what the real service would make.';

const folder = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'examples');

/** A file of `examples/`; its key is the file's name without the ending. */
export interface Example {
	key: string;
	workflow: Workflow;
	/** What stands in for its nodes of other services. */
	stubs: Record<string, Stub>;
}

/** The example workflows as a user would import them. */
export async function readExamples(): Promise<Example[]> {
	const files = (await readdir(folder)).filter((file) => file.endsWith('.json')).sort();
	return await Promise.all(
		files.map(async (file) => {
			const key = basename(file, '.json');
			const workflow = JSON.parse(await readFile(join(folder, file), 'utf8')) as Workflow;
			return { key, workflow, stubs: await readStubs(folder, key) };
		}),
	);
}

/** The example for somebody who has seen none: a photo, one node, and a result that can be judged at a glance. */
export const START_HERE = 'extend-a-photo';

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

/** Imports an example with places, credentials and stubs put in; gives the workflow's ID. */
export async function importExample(
	n8n: N8nClient,
	{ workflow, stubs }: Example,
	places: Places,
	credentials: CredentialReference[],
): Promise<string> {
	const replaced: Array<[string, string]> = [
		[PHOTO_HOST, places.photos],
		[N8N_HOST, n8n.http.url],
		[FILES_FOLDER, places.files],
	];
	const placed = replaced.reduce(
		(changed, [from, to]) => replaceAddress(changed, from, to),
		withStubs(workflow, stubs),
	);
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

/** The height of the note, and its distance from the workflow, in pixels of the canvas. */
const NOTE_HEIGHT = 100;
const NOTE_GAP = 20;

/** The example with a note above it that says what stands in for the services. */
export function withSimulatorNote(example: Example): Example {
	const { workflow, stubs } = example;
	const content = `${SIMULATOR_NOTE}${Object.keys(stubs).length > 0 ? ` ${STUBS_NOTE}` : ''}`;
	const xs = workflow.nodes.map(({ position: [x] }) => x);
	const ys = workflow.nodes.map(({ position: [, y] }) => y);
	const note: WorkflowNode = {
		id: stableId(`${workflow.name}: simulator`),
		name: 'Simulator',
		type: 'n8n-nodes-base.stickyNote',
		typeVersion: 1,
		position: [Math.min(...xs), Math.min(...ys) - NOTE_HEIGHT - NOTE_GAP],
		parameters: { content, width: 560, height: NOTE_HEIGHT, color: 3 },
	};
	return { ...example, workflow: { ...workflow, nodes: [note, ...workflow.nodes] } };
}

const SIMULATOR_NOTE = `**A simulator answers here.** ${ABOUT_IMAGES} Nothing is billed.`;
const STUBS_NOTE = 'Other nodes stand in for those that need an account of another service.';

/** The types of the credentials that an example needs here. */
export function credentialTypesOf({ workflow, stubs }: Example): string[] {
	const own = workflow.nodes.filter(({ name }) => !(name in stubs));
	return [...new Set(own.flatMap(({ credentials = {} }) => Object.keys(credentials)))];
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
	/** Those that start when somebody writes into the chat. */
	byChat: WorkflowNode[];
	/** Those with a form that somebody fills in. */
	byForm: WorkflowNode[];
	/** Those that ask a service again and again. */
	byPoll: WorkflowNode[];
}

export function startsOf({ workflow }: Example): Starts {
	const ofTypes = (...types: string[]) =>
		types.flatMap((type) => workflow.nodes.filter((node) => node.type.split('.').at(-1) === type));
	return {
		byHand: ofTypes('manualTrigger', 'scheduleTrigger'),
		byCall: ofTypes('webhook', 'klingCallbackTrigger'),
		byChat: ofTypes('chatTrigger'),
		byForm: ofTypes('formTrigger'),
		byPoll: ofTypes('klingTrigger', 'aliyunPortraitTrigger'),
	};
}

/** Where a published example is started from outside: its forms, or else its webhook. */
export function addressesOf(n8nUrl: string, example: Example): string[] {
	const { byForm, byCall } = startsOf(example);
	if (byForm.length > 0)
		return byForm.map(({ parameters }) => `${n8nUrl}/form/${(parameters.options as { path: string }).path}`);
	return byCall.map(({ parameters }) => `${n8nUrl}/webhook/${String(parameters.path)}`);
}

/** A field that a user fills in before an example does something of use. */
export interface FieldToFillIn {
	node: string;
	what: string;
}

/** What the first note of an example says is to be filled in: a numbered list of **node**: what. */
export function fieldsToFillIn({ nodes }: Workflow): FieldToFillIn[] {
	const [about] = nodes.filter(({ type }) => type === 'n8n-nodes-base.stickyNote');
	const [, list = ''] = /\*\*Fill in\*\*\n((?:\d\. .*(?:\n|$))+)/.exec(String(about?.parameters.content)) ?? [];
	return [...list.matchAll(/^\d\. \*\*(.+?)\*\*: (.+)$/gm)].map(([, node = '', what = '']) => ({ node, what }));
}
