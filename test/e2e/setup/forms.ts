import { join } from 'node:path';
import { expect } from 'vitest';

import type { Workflow, WorkflowNode } from '../../../sandbox/n8n/workflow';
import { photoFolder } from '../../../sandbox/start/photos';
import { PATIENCE } from '../../harness/patience';
import type { Browser } from './browser';
import { chain, step } from './chain';

/** The ending that shows the picture at the address that the service gave. */
export const SHOWN = {
	respondWith: 'showText',
	responseText: '=<h1>Here it is</h1><img src="{{ $json.images[0].url }}">',
};

/** A form that asks for a prompt and a photo → the node → an ending. */
export function formWorkflow(node: WorkflowNode, ending: Record<string, unknown>): Workflow {
	const fields = [
		{ fieldLabel: 'prompt', fieldType: 'text' },
		{ fieldLabel: 'photo', fieldType: 'file', multipleFiles: false, acceptFileTypes: '.jpg' },
	];
	return chain('Form', [
		step('formTrigger', 2.2, 'Form', { formTitle: 'A wider photo', formFields: { values: fields }, options: {} }),
		node,
		step('form', 1, 'Ending', { operation: 'completion', ...ending }),
	]);
}

/** Fills the published form in, as a visitor does. */
export async function fillIn({ page }: Browser, n8nUrl: string, workflow: Workflow): Promise<void> {
	await page.goto(`${n8nUrl}/form/${workflow.nodes[0]!.webhookId}`);
	await page.locator('input[type=text]').first().fill('a calm sea');
	await page.locator('input[type=file]').first().setInputFiles(join(photoFolder, 'coffee.jpg'));
	await page.locator('button[type=submit]').click();
}

/** The visitor sees the picture. */
export async function expectShown({ page }: Browser): Promise<void> {
	const image = page.locator('img[src*="/files/"]');
	await image.waitFor();
	const width = async () => await image.evaluate((shown) => (shown as HTMLImageElement).naturalWidth);
	await expect.poll(width, PATIENCE).toBe(900);
}
