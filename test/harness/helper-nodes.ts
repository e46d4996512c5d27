/** The nodes around the node under test: a start, a source of items, a receiver of outputs, and an agent that calls it. */
import type {
	IBinaryKeyData,
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
	INodeProperties,
	INodeType,
	INodeTypeDescription,
} from 'n8n-workflow';

export interface InputFile {
	buffer: Buffer;
	fileName?: string;
	mimeType?: string;
}

export interface InputItem {
	json?: IDataObject;
	binary?: Record<string, InputFile>;
}

export const HELPER = {
	start: 'harness.start',
	items: 'harness.items',
	noOp: 'harness.noOp',
	agent: 'harness.agent',
} as const;

/** What a model, or an MCP client, gets of a call. */
export interface ToolAnswer {
	/** The text, as JSON. */
	answer?: unknown;
	error?: Error & { description?: string | null };
}

/** `itemsOf` maps the name of an items node to what it emits: buffers cannot travel in parameters. */
export function helperNodes(itemsOf: Map<string, InputItem[]>): Array<[string, INodeType]> {
	return [
		[HELPER.start, { description: describe(HELPER.start, { group: ['trigger'], inputs: [] }), execute: passOn }],
		[HELPER.noOp, { description: describe(HELPER.noOp), execute: passOn }],
		[
			HELPER.items,
			{
				description: describe(HELPER.items),
				async execute() {
					const items = itemsOf.get(this.getNode().name) ?? [];
					return [await Promise.all(items.map(async (item) => await emit(this, item)))];
				},
			},
		],
		[
			HELPER.agent,
			{
				description: describe(HELPER.agent, { inputs: ['main', { type: 'ai_tool' }], properties: AGENT_PROPERTIES }),
				execute: callTools,
			},
		],
	];
}

const AGENT_PROPERTIES: INodeProperties[] = [
	{ displayName: 'Calls', name: 'calls', type: 'json', default: '[]' },
	{ displayName: 'At Once', name: 'atOnce', type: 'boolean', default: false },
];

/** For one item after the other, makes the calls that `calls` lists for it; n8n's agents take their tools anew for each item. */
async function callTools(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	const answers: INodeExecutionData[] = [];
	const lists = JSON.parse(this.getNodeParameter('calls', 0) as string) as IDataObject[][];
	for (const [item, calls] of lists.entries()) {
		const tool = await toolOf(this, item);
		const made = await callInTurn(
			calls,
			async (args) => await callTool(tool, args),
			this.getNodeParameter('atOnce', 0) === true,
		);
		answers.push(...made.map((answer) => ({ json: answer as IDataObject, pairedItem: { item } })));
	}
	return [answers];
}

/** One call after the other, or all at once. */
export async function callInTurn(
	calls: IDataObject[],
	make: (args: IDataObject) => Promise<ToolAnswer>,
	atOnce: boolean,
): Promise<ToolAnswer[]> {
	if (atOnce) return await Promise.all(calls.map(make));
	const answers: ToolAnswer[] = [];
	for (const args of calls) answers.push(await make(args));
	return answers;
}

/** The only tool, as n8n hands it to an agent or to the MCP Server Trigger. */
export async function toolOf(
	context: Pick<IExecuteFunctions, 'getInputConnectionData'>,
	item = 0,
): Promise<Tool | undefined> {
	const [tool] = (await context.getInputConnectionData('ai_tool', item)) as Tool[];
	return tool;
}

export async function callTool(tool: Tool | undefined, args: IDataObject): Promise<ToolAnswer> {
	if (!tool) throw new Error('There is no tool');
	try {
		const text = await tool.invoke(args);
		return { answer: text === undefined ? undefined : parsed(text) };
	} catch (error) {
		return { error: error as Error };
	}
}

/** LangChain's tool, as agents use it. */
interface Tool {
	invoke(args: IDataObject): Promise<string | undefined>;
}

/** n8n writes answers as JSON, and a few refusals as plain text. */
function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return text;
	}
}

async function passOn(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return [this.getInputData()];
}

/** All items come from the start node's only item, so that item linking reaches from end to end. */
async function emit(context: IExecuteFunctions, { json = {}, binary }: InputItem): Promise<INodeExecutionData> {
	const item: INodeExecutionData = { json, pairedItem: { item: 0 } };
	if (!binary) return item;

	const stored: IBinaryKeyData = {};
	for (const [field, { buffer, fileName, mimeType }] of Object.entries(binary)) {
		stored[field] = await context.helpers.prepareBinaryData(buffer, fileName, mimeType);
	}
	return { ...item, binary: stored };
}

function describe(type: string, overrides: Partial<INodeTypeDescription> = {}): INodeTypeDescription {
	const name = type.split('.').at(-1) ?? type;
	return {
		displayName: name,
		name,
		description: '',
		group: ['transform'],
		version: 1,
		defaults: { name },
		inputs: ['main'],
		outputs: ['main'],
		properties: [],
		...overrides,
	};
}
