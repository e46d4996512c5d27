/** Every example as a user imports it, with its nodes of other services. */
import { NodeHelpers, type INode, type INodeTypeDescription } from 'n8n-workflow';
import { beforeAll, expect, it } from 'vitest';

import type { N8nClient } from '../../sandbox/n8n/client';
import type { WorkflowNode } from '../../sandbox/n8n/workflow';
import { fieldsToFillIn, readExamples } from '../../sandbox/start/examples';
import { RELEASE } from './setup/release';
import { open } from './setup/surroundings';

const examples = await readExamples();

/** What n8n 1.123 does not have: a workflow cannot make a data table there (examples/README.md), nothing asks for a review. */
const NOT_ON_1_X = ['n8n-nodes-base.dataTable table', '@n8n/n8n-nodes-langchain.chatHitlTool undefined'];

let n8n: N8nClient;
let types: INodeTypeDescription[];

beforeAll(async () => {
	({ n8n } = await open());
	const { body } = await n8n.http.raw('/types/nodes.json');
	types = JSON.parse(body.toString('utf8')) as INodeTypeDescription[];
});

const typeOf = ({ type, typeVersion }: WorkflowNode) =>
	types.find(({ name, version }) => name === type && [version].flat().includes(typeVersion));
const isKnown = (node: WorkflowNode) =>
	RELEASE === '2.x' || !NOT_ON_1_X.includes(`${node.type} ${String(node.parameters.resource)}`);

it.each(examples)('$key', async ({ key, workflow }) => {
	// A copy beside the one that runs with stubs.
	const name = `${workflow.name} (as it is)`;
	const { id } = await n8n.importWorkflow({ ...workflow, name });
	expect((await n8n.workflow(id))?.nodes, key).toHaveLength(workflow.nodes.length);
	const toFillIn = fieldsToFillIn(workflow).map(({ node }) => node);
	for (const node of workflow.nodes) {
		if (!isKnown(node)) continue;
		const type = typeOf(node);
		expect(type, `${node.name}: ${node.type} ${node.typeVersion}`).toBeDefined();
		const shown = withDefaults(node, type!);
		expect(hiddenOf(node, shown), node.name).toEqual([]);
		const faults = NodeHelpers.getNodeParametersIssues(type!.properties, shown, type!);
		if (!toFillIn.includes(node.name)) expect(faults, node.name).toBeNull();
	}
});

/** The node as n8n has it in memory: with the default of every parameter that is shown. */
function withDefaults({ parameters, ...node }: WorkflowNode, type: INodeTypeDescription): INode {
	const given = { ...node, parameters } as INode;
	const all = NodeHelpers.getNodeParameters(type.properties, given.parameters, true, false, given, type);
	return { ...given, parameters: all ?? {} };
}

/** The parameters of a node that n8n does not show with these settings: misspelled, or of another operation. */
function hiddenOf({ parameters }: WorkflowNode, shown: INode): string[] {
	const keys = (value: unknown): string[] =>
		typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : [];
	const options = keys(parameters.options).filter((key) => !keys(shown.parameters.options).includes(key));
	return [...keys(parameters).filter((key) => !(key in shown.parameters)), ...options.map((key) => `options.${key}`)];
}
