import type { IDataObject, INodeProperties } from 'n8n-workflow';

import {
	anyId,
	anyText,
	asText,
	BinaryFields,
	headOfBase64,
	imageTextIn,
	imageTypeOf,
	isFile,
	kindOf,
	normalizeBase64,
	naming,
	refuseInput,
	nonEmptyText,
	onlyElement,
	optional,
	SHORTEST_BASE64,
	trueOrFalse,
	wholeNumber,
	type FieldRule,
	type ItemContext,
	type Rule,
} from '../tasks';

/** The fields of a submit (docs/services/ps-task.md, Submit). */

export const imageUrl: INodeProperties = {
	displayName: 'Image URL',
	name: 'imageUrl',
	type: 'string',
	required: true,
	default: '',
	placeholder: 'e.g. https://example.com/photo.jpg',
	hint: "URL, or path on the service's machine. No binary field.",
	description: 'Where the service finds the image to edit; sent as it is',
	routing: { send: { type: 'body', property: 'image_url' } },
};

export const prompt: INodeProperties = {
	displayName: 'Prompt',
	name: 'prompt',
	type: 'string',
	typeOptions: { rows: 2 },
	required: true,
	default: '',
	placeholder: 'e.g. Replace the background with a cyberpunk street',
	description: 'What to change in the image',
	routing: { send: { type: 'body', property: 'prompt' } },
};

/** What goes into the options; each is sent only when it was added. */
export const requestFields: INodeProperties[] = [
	{
		displayName: 'Editor',
		name: 'editor',
		type: 'string',
		default: '',
		placeholder: 'e.g. user123',
		description: 'Who the edit is for, by which the service can tell where a task came from',
		routing: { send: { type: 'body', property: 'editor' } },
	},
	{
		displayName: 'Image ID',
		name: 'imageId',
		type: 'string',
		default: '',
		placeholder: 'e.g. product-1042',
		description:
			'Your own ID for the image; left empty, the service makes one. It does not keep a task from being made twice.',
		routing: { send: { type: 'body', property: 'image_id' } },
	},
	{
		displayName: 'Keep Size',
		name: 'keepSize',
		type: 'boolean',
		default: true,
		description: 'Whether the new image keeps the size of the old one. Without this option the service decides.',
		routing: { send: { type: 'body', property: 'keep_size' } },
	},
	{
		displayName: 'Priority',
		name: 'priority',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 0,
		description:
			'The smaller the number, the sooner it is its turn; 0 is the highest priority. Without this option the service decides.',
		routing: { send: { type: 'body', property: 'priority' } },
	},
];

const fromZero = wholeNumber(0, Number.MAX_SAFE_INTEGER);

const priority: Rule = {
	...fromZero,
	problem: (value) => (fromZero.problem(value) ? 'must be a whole number from 0 (highest priority)' : undefined),
};

/** The address in an object, such as an image of another node of this package; refuseImage looks at what it is. */
const address: Rule = {
	normalize(value) {
		const only = onlyElement(value);
		const image = typeof only === 'object' && only !== null && !isFile(only) ? imageTextIn(only) : undefined;
		return image && 'text' in image ? image.text : only;
	},
	problem: () => undefined,
};

export const rules: FieldRule[] = [
	{ field: 'image_url', label: 'Image URL', rule: address },
	{ field: 'prompt', label: 'Prompt', rule: nonEmptyText('a text that says what to change') },
	{ field: 'image_id', label: 'Image ID', rule: anyId },
	{ field: 'priority', label: 'Priority', rule: optional(priority) },
	{ field: 'editor', label: 'Editor', rule: anyText },
	{ field: 'keep_size', label: 'Keep Size', rule: optional(trueOrFalse) },
];

/** What the service does not say again of a task. */
export function factsIn({ image_id, editor }: IDataObject): IDataObject {
	return { imageId: asText(image_id), editor: asText(editor) };
}

const ADDRESS =
	'The service takes a URL that it can reach, or a path on its own machine. Put the image where it has such an address and enter that; an image made by a node of this package has its URL in {{ $json.images[0].url }}. Nothing was sent.';

/** The service fetches the image itself, so that what is no address cannot be sent. Throws a TaskError. */
export function refuseImage(item: ItemContext, { image_url }: IDataObject): void {
	// What is no text is not quoted: a whole image may be in it.
	if (typeof image_url !== 'string') return refuseInput(item, `Image URL is ${kindOf(image_url)}`, ADDRESS);
	const problem = problemOf(item, image_url.trim());
	if (problem)
		refuseInput(
			item,
			naming(image_url.trim(), (shown) => `Image URL is ${problem(shown)}`),
			ADDRESS,
		);
}

/** What a text is that is no address, around the text as it is shown. */
function problemOf({ input, combinedBinaries }: ItemContext, text: string): ((shown: string) => string) | undefined {
	if (text === '') return () => 'empty';
	if (/^data:/i.test(text)) return (shown) => `a data URI (${shown})`;
	if (new BinaryFields(input, combinedBinaries).get(text))
		return (shown) => `${shown}, which is a binary field of the item`;
	const base64 = text.length >= SHORTEST_BASE64 ? normalizeBase64(text) : undefined;
	const isImage = base64 !== undefined && imageTypeOf(headOfBase64(base64)) !== undefined;
	return isImage ? (shown) => `the base64 of an image (${shown})` : undefined;
}
