/** The three nodes around the node under test: a start, a source of items, and a receiver of outputs. */
import type {
	IBinaryKeyData,
	IDataObject,
	IExecuteFunctions,
	INodeExecutionData,
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
} as const;

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
	];
}

async function passOn(this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
	return [this.getInputData()];
}

/** All items come from the start node's only item, so that item linking reaches from end to end. */
async function emit(
	context: IExecuteFunctions,
	{ json = {}, binary }: InputItem,
): Promise<INodeExecutionData> {
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
