/** Mistakes that are known before sending: the simulator's request count stays unchanged. */
import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { isN8n1, type InputItem } from '../../harness/index.ts';
import { count, errorOf, factsOf, file, on, photo, start, submit } from './support.ts';

const { run, control } = await start();

const base64 = photo().toString('base64');
const item: InputItem = {
	json: { text: base64, uri: `data:image/jpeg;base64,${base64}` },
	binary: { data: file(), note: file(Buffer.from('text'), 'a.txt', 'text/plain') },
};

const ADDRESS =
	/^The service takes a URL that it can reach, or a path on its own machine\. Put the image where it has such an address/;

/** What is wrong, the parameters, what the message must say, and what the hint must say. */
const CASES: Array<[string, INodeParameters, RegExp, RegExp?]> = [
	['an empty address', submit({ imageUrl: '={{ "" }}' }), /^Image URL is empty$/, ADDRESS],
	['a blank address', submit({ imageUrl: ' \n' }), /^Image URL is empty$/, ADDRESS],
	[
		'no address by expression',
		submit({ imageUrl: '={{ $json.none }}' }),
		/^Image URL: the expression returned nothing$/,
	],
	[
		'the name of a binary field',
		submit({ imageUrl: 'data' }),
		/^Image URL is "data", which is a binary field of the item$/,
		ADDRESS,
	],
	[
		'the name of a binary field that is no image',
		submit({ imageUrl: 'note' }),
		/^Image URL is "note", which is a binary field/,
		ADDRESS,
	],
	[
		'a data URI',
		submit({ imageUrl: '={{ $json.uri }}' }),
		/^Image URL is a data URI \("data:image\/jpeg;base64,…"\)$/,
		ADDRESS,
	],
	['base64', submit({ imageUrl: '={{ $json.text }}' }), /^Image URL is the base64 of an image \(".{12}…"\)$/, ADDRESS],
	[
		'base64 with line breaks',
		submit({ imageUrl: '={{ $json.text.replace(/(.{76})/g, "$1\\n") }}' }),
		/^Image URL is the base64 of an image/,
		ADDRESS,
	],
	[
		'a file instead of its address',
		submit({ imageUrl: '={{ $binary.data }}' }),
		/^Image URL is a file \("image\/jpeg"\)$/,
		ADDRESS,
	],
	[
		'several addresses',
		submit({ imageUrl: '={{ ["a.jpg", "b.jpg"] }}' }),
		/^Image URL is an array of 2 elements$/,
		ADDRESS,
	],
	['a number', submit({ imageUrl: '={{ 5 }}' }), /^Image URL is a number \(5\)$/, ADDRESS],
	[
		'an object without an address',
		submit({ imageUrl: '={{ { title: 1 } }}' }),
		/^Image URL is an object with the fields title$/,
		ADDRESS,
	],
	[
		'an image in an object',
		submit({ imageUrl: '={{ { base64: $json.text } }}' }),
		/^Image URL is the base64 of/,
		ADDRESS,
	],
	['no prompt', submit({ prompt: '={{ "" }}' }), /^Prompt is empty, but it must be a text that says what to change$/],
	['a blank prompt', submit({ prompt: ' ' }), /^Prompt is empty, but it must be a text/],
	['a prompt that is no text', submit({ prompt: '={{ { a: 1 } }}' }), /^Prompt is "\{"a":1\}", but it must be a text/],
	[
		'a priority as words',
		submit({ options: { priority: '={{ "high" }}' } }),
		/^Priority is "high", but it must be a whole number from 0 \(highest priority\)$/,
		/Change Priority/,
	],
	['a negative priority', submit({ options: { priority: -1 } }), /^Priority is "-1", but it must be a whole number/],
	['half a priority', submit({ options: { priority: 1.5 } }), /^Priority is "1.5", but it must be a whole number/],
	['a priority that is no number', submit({ options: { priority: '={{ [1] }}' } }), /^Priority is "\[1\]", but/],
	[
		'Keep Size as words',
		submit({ options: { keepSize: '={{ "yes" }}' } }),
		/^Keep Size is "yes", but it must be true or false/,
	],
	[
		'an image ID that is no text',
		submit({ options: { imageId: '={{ { a: 1 } }}' } }),
		/^Image ID is "\{"a":1\}", but it is an object, not an ID/,
	],
	[
		'an editor that is no text',
		submit({ options: { editor: '={{ [1] }}' } }),
		/^Editor is "\[1\]", but it must be a text/,
	],
	[
		'Raw JSON Fields that is no object',
		submit({ options: { extraBody: '[1]' } }),
		/^Raw JSON Fields "\[1\]" is not a JSON object/,
	],
	['timeout 0', submit({ options: { timeout: 0 } }), /^Timeout \(Minutes\) is 0/],
	['a negative interval', submit({ options: { pollInterval: -1 } }), /^Poll Interval \(Seconds\) is "-1"/],
	[
		'a binary prefix with a space',
		submit({ options: { binaryPrefix: 'my image' } }),
		/^Put Output in Field "my image"/,
	],
	['an empty task ID', on('get', { taskId: ' ' }), /^Task ID is empty/],
	['no task ID in the item', on('wait'), /^Task ID: the expression returned nothing$/],
	['an image for a task ID', on('get', { taskId: '={{ $json.text }}' }), /^Task ID ".{3,70}" has \d+ characters/],
];

describe('nothing is sent, and the message names field and value', () => {
	it.each(CASES)('%s', async (_, parameters, message, hint = /^[A-Z].{8,}/) => {
		const error = errorOf(await run(parameters, { items: [item] }));
		expect(error.message).toMatch(message);
		expect(error.message.length).toBeLessThanOrEqual(90);
		expect(error.name).toBe('NodeOperationError');
		expect(factsOf(error)).toEqual({ taskState: 'not-created', retryable: false, hint: expect.stringMatching(hint) });
		expect(error.description).toContain(String(factsOf(error).hint));
		expect(`${error.message} ${error.description}`).not.toContain(base64.slice(16, 48));
		expect(control.requests()).toEqual([]);
	});
});

it.each([
	['Image URL', 'imageUrl'],
	['Prompt', 'prompt'],
])('an empty field %s stops the workflow before it runs', async (label, name) => {
	await expect(run(submit({ [name]: '' }))).rejects.toThrow(
		isN8n1 ? 'The workflow has issues and cannot be executed' : `Parameter "${label}" is required`,
	);
	expect(control.requests()).toEqual([]);
});

describe('with several items', () => {
	const items = [0, 'high', 2].map((priority) => ({ json: { priority } }));
	const parameters = submit({ downloadImages: false, options: { priority: '={{ $json.priority }}' } });

	it('Stop Workflow sends nothing for the others either', async () => {
		const error = errorOf(await run(parameters, { items }));
		expect(error.message).toMatch(/^Priority is "high"/);
		expect(error.context).toMatchObject({ itemIndex: 1 });
		expect(control.requests()).toEqual([]);
	});

	it('Continue On Fail sends the others, and the item carries the facts', async () => {
		const { items: output, status } = await run(parameters, { items, onError: 'continueRegularOutput' });
		expect(status).toBe('success');
		expect(output.map(({ json, pairedItem }) => [json.status, pairedItem])).toEqual([
			['succeeded', { item: 0 }],
			[undefined, { item: 1 }],
			['succeeded', { item: 2 }],
		]);
		expect(output[1]).toEqual({
			json: {
				error: expect.stringMatching(/^Priority is "high"/),
				details: { taskState: 'not-created', retryable: false, hint: expect.any(String) },
			},
			pairedItem: { item: 1 },
		});
		expect(control.ledger()).toHaveLength(2);
	});

	it('the error output gets the bad one, paired', async () => {
		const { items: output, errorItems } = await run(parameters, { items, onError: 'continueErrorOutput' });
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 2 }]);
		// n8n 1.x takes no details there.
		const facts = isN8n1
			? expect.objectContaining({ message: expect.stringMatching(/^Priority is "high".+ — /) })
			: expect.objectContaining({ details: expect.objectContaining({ taskState: 'not-created' }) });
		expect(errorItems.map(({ pairedItem, json: { error, ...rest } }) => [pairedItem, error, rest])).toEqual([
			[{ item: 1 }, expect.stringMatching(/^Priority is "high"/), facts],
		]);
	});

	it('a parameter of a later item that does not resolve buys nothing', async () => {
		const prompt = "={{ $json.number === 2 ? $('Gone').item.json.x : 'fine' }}";
		const error = errorOf(await run(submit({ prompt }), { items: count(4).map((json) => ({ json })) }));
		expect(error.message).toContain("Referenced node doesn't exist");
		expect(control.requests()).toEqual([]);
	});
});
