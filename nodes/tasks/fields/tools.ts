import type { INodeProperties } from 'n8n-workflow';

/** Minutes that a tool of an agent waits for a task by default: a model is waiting for the answer. */
export const TOOL_TIMEOUT_MINUTES = 5;

/** What tools do not have: an answer to a model holds no files, and a task that is not over is handed back with its ID. */
const NOT_IN_TOOLS = new Set(['downloadImages', 'onTimeout']);

const FOR_TOOLS_ONLY = { '@tool': [true] };

/**
 * The properties of an operation as workflows and as agents' tools show them, which is the one rule of what differs there.
 * Where a tool has another default or hint there are two properties of one name, of which n8n shows one. `images` tells
 * the fields of the request that take images: a model has addresses, not the binary fields of an item.
 */
export function withTools(
	properties: INodeProperties[],
	images: ReadonlyArray<{ field: string; list?: object }> = [],
): INodeProperties[] {
	return properties.flatMap((property) => {
		if (property.name === 'options' && property.type === 'collection') {
			return [{ ...property, options: withTools(property.options as INodeProperties[], images) }];
		}
		if (NOT_IN_TOOLS.has(property.name)) return [notInTools(property)];
		const change = changeInTools(property, images);
		return change ? [notInTools(property), inToolsOnly({ ...property, ...change })] : [property];
	});
}

/** A property as workflows show it, and as tools do, where it has another default. */
export function withToolDefault(property: INodeProperties, inTools: INodeProperties['default']): INodeProperties[] {
	return [notInTools(property), inToolsOnly({ ...property, default: inTools })];
}

function changeInTools(
	{ name, placeholder, routing }: INodeProperties,
	images: ReadonlyArray<{ field: string; list?: object }>,
): Partial<INodeProperties> | undefined {
	if (isTimeout(name)) return { default: TOOL_TIMEOUT_MINUTES };
	const image = images.find(({ field }) => field === routing?.send?.property);
	if (!image) return undefined;
	const several = image.list ? ', or several separated by commas or new lines' : '';
	return {
		default: '',
		hint: `URL of the image${several}`,
		placeholder: placeholder && 'e.g. https://example.com/cup.png',
	};
}

/** Of a wait for a task; the queue before it is another matter. */
function isTimeout(name: string): boolean {
	return /timeout$/i.test(name) && name !== 'queueTimeout';
}

function notInTools(property: INodeProperties): INodeProperties {
	const { displayOptions } = property;
	return {
		...property,
		displayOptions: { ...displayOptions, hide: { ...displayOptions?.hide, ...FOR_TOOLS_ONLY } },
	};
}

function inToolsOnly(property: INodeProperties): INodeProperties {
	const { displayOptions } = property;
	return {
		...property,
		// First: n8n looks no further than a condition on a parameter with an expression.
		displayOptions: { ...displayOptions, show: { ...FOR_TOOLS_ONLY, ...displayOptions?.show } },
	};
}
