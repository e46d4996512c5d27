import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Workflow, WorkflowNode } from '../n8n/workflow';

/**
 * What stands in for a node of another service (Drive, Shopify, Sheets, Slack …), whose account nobody has here. It gives
 * the items that the real node gives, by n8n's own schemas of them and its nodes' source. A file of `examples/stubs/` has
 * one for each such node of the example of that name.
 */
export type Stub = ListStub | FieldsStub | FileStub;

/** These items, once, whatever came in: what a search or a list gives. */
interface ListStub {
	items: object[];
}

/**
 * One item per input item, with these fields and nothing of the input. `{ "parameter": "columns.value.link" }` in place
 * of a value, or of all fields, is that parameter of the real node, so that its expressions are resolved as there.
 */
interface FieldsStub {
	fields: FromParameter | Record<string, string | number | boolean | FromParameter>;
}

interface FromParameter {
	parameter: string;
}

/** The input item as it is, with a file in the field `data`; `{{ name }}` in the address is a field of the item. */
interface FileStub {
	file: string;
}

/** The stubs of an example by the names of its nodes; none where it has no node of another service. */
export async function readStubs(examples: string, key: string): Promise<Record<string, Stub>> {
	const text = await readFile(join(examples, 'stubs', `${key}.json`), 'utf8').catch(() => '{}');
	return JSON.parse(text) as Record<string, Stub>;
}

/** A node that needs an account of another service, and gives items; an agent's model gives none. */
export function isForeign({ type, credentials = {} }: WorkflowNode): boolean {
	return type.startsWith('n8n-nodes-base.') && Object.keys(credentials).some((type) => !OWN_CREDENTIALS.includes(type));
}

/** Those that the sandbox has: of the simulators, and of its scripted chat model. */
const OWN_CREDENTIALS = ['klingApi', 'aliyunMarketApi', 'psTaskApi', 'openAiApi'];

/** The workflow with its foreign nodes replaced: same names, same places, same connections. */
export function withStubs(workflow: Workflow, stubs: Record<string, Stub>): Workflow {
	const nodes = workflow.nodes.map((node) => {
		const stub = stubs[node.name];
		return stub === undefined ? node : standIn(node, stub);
	});
	return { ...workflow, nodes };
}

function standIn({ id, name, position, parameters }: WorkflowNode, stub: Stub): WorkflowNode {
	const place = { id, name, position };
	if ('fields' in stub) return { ...place, ...fieldsNode(stub, parameters) };
	const jsCode = 'file' in stub ? fileCode(stub) : `return ${JSON.stringify(stub.items.map((json) => ({ json })))};`;
	return { ...place, type: 'n8n-nodes-base.code', typeVersion: 2, parameters: { jsCode } };
}

/** An Edit Fields node, since only parameters may hold expressions. */
function fieldsNode(
	{ fields }: FieldsStub,
	parameters: object,
): Pick<WorkflowNode, 'type' | 'typeVersion' | 'parameters'> {
	const edit = { type: 'n8n-nodes-base.set', typeVersion: 3.4 };
	if (isFromParameter(fields))
		return { ...edit, parameters: { mode: 'raw', jsonOutput: valueOf(fields, parameters), options: {} } };
	const assignments = Object.entries(fields).map(([name, field]) => {
		const value = isFromParameter(field) ? valueOf(field, parameters) : field;
		return { id: name, name, type: typeof value, value };
	});
	return { ...edit, parameters: { assignments: { assignments }, options: {} } };
}

function isFromParameter(value: FieldsStub['fields'] | string | number | boolean): value is FromParameter {
	return typeof value === 'object' && typeof value.parameter === 'string';
}

function valueOf({ parameter }: FromParameter, parameters: object): unknown {
	return parameter
		.split('.')
		.reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], parameters);
}

function fileCode({ file }: FileStub): string {
	return `const found = [];
for (const [index, { json }] of $input.all().entries()) {
  const url = ${JSON.stringify(file)}.replace(/{{ (\\w+) }}/g, (_, field) => json[field]);
  const body = await this.helpers.httpRequest({ url, encoding: 'arraybuffer' });
  const data = await this.helpers.prepareBinaryData(Buffer.from(body), url.split('/').at(-1), 'image/jpeg');
  found.push({ json, binary: { data }, pairedItem: index });
}
return found;`;
}
