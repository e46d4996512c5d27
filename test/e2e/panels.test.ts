/** What a person sees of a node that was just opened on a screen of 1440 by 900 pixels, before scrolling. */
import { beforeAll, describe, expect, it } from 'vitest';

import type { Workflow } from '../../sandbox/n8n/workflow';
import { openEditor } from './setup/editing';

const { opened, editor } = await openEditor();

type Type = 'klingApi' | 'aliyunMarketApi' | 'psTaskApi';

interface Panel {
	credential: Type;
	node: string;
	resource: string;
	operation: string;
}

const of = (credential: Type, node: string, resource: string, ...operations: string[]): Panel[] =>
	operations.map((operation) => ({ credential, node, resource, operation }));

const kling = (resource: string) => of('klingApi', 'kling', resource, 'create', 'createAndWaitForCallback');
const aliyun = (resource: string, ...operations: string[]) =>
	of('aliyunMarketApi', 'aliyunPortrait', resource, ...operations);

/** Everything is in sight, down to the button that adds an option. */
const WHOLE = [
	...kling('aiMultiShot'),
	...kling('element'),
	...aliyun('portrait', 'generate', 'create', 'createAndWaitForCallback'),
	...aliyun('userModel', 'create', 'createAndWaitForCallback'),
	...aliyun('photo', 'upload'),
	...of('psTaskApi', 'psTask', 'task', 'create'),
];

/** Six or seven fields of their own: with three switches and Options n8n's rows are higher than its panel. */
const MANY_FIELDS = [
	...kling('imageGeneration'),
	...kling('omniImage'),
	...kling('multiImageToImage'),
	...kling('imageExpansion'),
];

const panels = [...WHOLE, ...MANY_FIELDS];
const nameOf = ({ node, resource, operation }: Panel) => `${node} ${resource} ${operation}`;

beforeAll(async () => {
	const workflow: Workflow = {
		name: 'Panels',
		nodes: panels.map((panel, index) => ({
			id: `panel-${index}`,
			name: nameOf(panel),
			type: `n8n-nodes-kling-aliyun.${panel.node}`,
			typeVersion: 1,
			position: [(index % 8) * 220, Math.floor(index / 8) * 220],
			parameters: { resource: panel.resource, operation: panel.operation },
			credentials: { [panel.credential]: opened.credentials[panel.credential] },
		})),
		connections: {},
	};
	await editor.openWorkflow((await opened.n8n.importWorkflow(workflow)).id, nameOf(panels[0]!));
});

const SWITCHES = ['waitForCompletion', 'downloadImages', 'simplify'];
const partOf = (name: string) => `[data-test-id="parameter-input-${name}"]`;
const OWN_FIELDS = `[data-test-id^="parameter-input-"]:not(${SWITCHES.map(partOf).join(', ')})`;

/** How far the lower edge of a part lies below the panel's, in whole pixels; 0 or less is in sight. */
async function below(selector: string): Promise<number> {
	await editor.settled();
	return await editor.part('node-parameters').evaluate((panel, wanted) => {
		const parts = [...panel.querySelectorAll(wanted)].map((part) => part.getBoundingClientRect().bottom);
		if (parts.length === 0) throw new Error(`There is no ${wanted}.`);
		return Math.floor(Math.max(...parts) - panel.getBoundingClientRect().bottom);
	}, selector);
}

async function opensWith(panel: Panel, selector: string): Promise<void> {
	await editor.openNode(nameOf(panel));
	await editor.shot(`panel ${nameOf(panel)}`.replaceAll(' ', '-'));
	const hidden = await below(selector);
	await editor.closePanel();
	expect(hidden).toBeLessThanOrEqual(0);
}

describe('a panel shows without scrolling', () => {
	it.each(WHOLE)('everything: $node $resource $operation', async (panel) => {
		await opensWith(panel, '[data-test-id="collection-parameter-add"]');
	});

	it.each(MANY_FIELDS)('every field of its own: $node $resource $operation', async (panel) => {
		await opensWith(panel, OWN_FIELDS);
	});
});
