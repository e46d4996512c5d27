/** Mistakes that are known before sending: the simulator's request count stays unchanged. */
import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { isN8n1, type InputItem } from '../../harness/index.ts';
import { count, errorOf, expand, factsOf, file, multiImage, multiShot, photo, photos, start } from './support.ts';

const { run, control } = await start();

const two: InputItem = { json: {}, binary: { front: file(), back: file() } };
const five: InputItem = {
	json: {},
	binary: Object.fromEntries(['a', 'b', 'c', 'd', 'e'].map((name) => [name, file()])),
};
const text: InputItem = {
	json: {},
	binary: { data: file(Buffer.from('<html>not found</html>'), 'photo.jpg', 'image/jpeg') },
};
const bad = photo().toString('base64').replace(/^./, '!');

/** What is wrong, the parameters, what the message must say, and the item if it is not one with a photograph. */
const CASES: Array<[string, INodeParameters, RegExp, InputItem?]> = [
	['no image', expand({ image: '={{ "" }}' }), /^Image is empty$/],
	['no image in a list', multiImage({ subjectImages: '={{ [] }}' }), /^Subject Images: there is no image/],
	['no binary at all', expand(), /^Image: "data" is neither a URL nor a binary field/, { json: {} }],
	['no image by expression', multiShot({ image: '={{ $json.none }}' }), /^Front Image: /],
	['an unknown binary field', expand({ image: 'phto' }), /^Image: "phto" is neither a URL nor a binary field/],
	['an unknown binary field that is valid base64', expand({ image: 'photo123' }), /^Image: "photo123" is neither/],
	['"data" beside two images', expand(), /^Image: "data" is neither/, two],
	['an unknown scene image', multiImage({ sceneImage: 'scene' }), /^Scene Image: "scene" is neither/],
	[
		'unreadable base64',
		expand({ image: '={{ $json.text }}' }),
		/^Image: .*not readable as base64/,
		{ json: { text: bad } },
	],
	[
		'an unreadable data URI',
		multiImage({ subjectImages: '={{ $json.text }}' }),
		/^Subject Images: .*not readable as base64/,
		{ json: { text: `data:image/png;base64,${bad}` } },
	],
	[
		'base64 of 20 million characters',
		expand({ image: '={{ $json.text }}' }),
		/^Image: "A+…" is not readable as base64/,
		{ json: { text: `${'A'.repeat(20_000_000)}!` } },
	],
	[
		'a list of 6 million characters',
		multiImage({ subjectImages: '={{ $json.text }}' }),
		/^Subject Images: there are more than 10000 entries/,
		{ json: { text: 'data,'.repeat(1_200_000) } },
	],
	[
		'five subjects by *',
		multiImage({ subjectImages: '*' }),
		/^Subject Images: there are 5 images, and at most 4 are allowed/,
		five,
	],
	['five subjects by name', multiImage({ subjectImages: 'a,b,c,d,e' }), /^Subject Images: there are 5 images/, five],
	[
		'two images where one goes',
		multiShot({ image: '*' }),
		/^Front Image: there are 2 images, and at most 1 is allowed/,
		two,
	],
	['n = 0', expand({ n: 0 }), /^Number of Images is "0", but it must be a whole number from 1 to 9/],
	['n = 10', multiImage({ n: 10 }), /^Number of Images is "10"/],
	['n = 1.5', expand({ n: 1.5 }), /^Number of Images is "1.5"/],
	['n as words', expand({ n: '={{ "many" }}' }), /^Number of Images is "many"/],
	[
		'a prompt of 2,501 characters',
		multiImage({ prompt: '字'.repeat(2501) }),
		/^Prompt is .* has 2501 characters \(at most 2500\)$/,
	],
	[
		'a prompt of 20 million characters',
		expand({ prompt: '={{ "字".repeat(20000000) }}' }),
		/^Prompt is .* has 20000000 characters \(at most 2500\)$/,
	],
	['ratio 2.1', expand({ leftExpansionRatio: 2.1 }), /^Extend Left is "2.1", but it must be a number from 0 to 2/],
	['a negative ratio', expand({ downExpansionRatio: -0.1 }), /^Extend Down is "-0.1"/],
	['a ratio as text', expand({ rightExpansionRatio: '={{ "wide" }}' }), /^Extend Right is "wide"/],
	['four zero ratios', expand({ upExpansionRatio: 0 }), /^All four sides are extended by 0/],
	[
		'an area above 3 times',
		expand({ upExpansionRatio: 1, leftExpansionRatio: 1 }),
		/4\.00 times as large; at most 3 times/,
	],
	[
		'an unknown aspect ratio',
		multiImage({ aspectRatio: '={{ "5:4" }}' }),
		/^Aspect Ratio is "5:4", but it must be 16:9/,
	],
	[
		'Raw JSON Fields that is no object',
		expand({ options: { extraBody: '[1]' } }),
		/^Raw JSON Fields "\[1\]" is not a JSON object/,
	],
	[
		'Raw JSON Fields of 100,000 levels',
		expand({ options: { extraBody: '={{ $json.text }}' } }),
		/^Raw JSON Fields "(\{"a":){10}…" is not a JSON object$/,
		{ json: { text: `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}` } },
	],
	[
		'Raw JSON Fields that is no JSON',
		expand({ options: { extraBody: '{a' } }),
		/^Raw JSON Fields "\{a" is not a JSON object/,
	],
	[
		'a prefix that cannot be sent',
		expand({ options: { externalTaskIdPrefix: 'a b' } }),
		/^External Task ID Prefix "a b"/,
	],
	[
		'a prefix that is too long',
		expand({ options: { externalTaskIdPrefix: 'x'.repeat(31) } }),
		/^External Task ID Prefix "x+"/,
	],
	[
		'a binary prefix with a space',
		expand({ options: { binaryPrefix: 'my image' } }),
		/^Put Output in Field "my image"/,
	],
	['timeout 0', expand({ options: { timeout: 0 } }), /^Timeout \(Minutes\) is 0/],
	['a timeout as text', expand({ options: { timeout: '={{ "long" }}' } }), /^Timeout \(Minutes\) is "long"/],
	['a negative interval', expand({ options: { pollInterval: -1 } }), /^Poll Interval \(Seconds\) is "-1"/],
	['an empty task ID', { resource: 'imageExpansion', operation: 'get', taskId: ' ' }, /^Task ID is empty/],
	[
		'no task ID in the item',
		{ resource: 'aiMultiShot', operation: 'wait' },
		/^Task ID or External Task ID: the expression returned nothing$/,
	],
	[
		'an image for a task ID',
		{ resource: 'imageExpansion', operation: 'get', taskId: '={{ $json.text }}' },
		/^Task ID ".{3,70}" has \d+ characters/,
		{ json: { text: photo().toString('base64') } },
	],
	[
		'a task ID that was a number',
		{ resource: 'imageExpansion', operation: 'get', taskId: '={{ 930810057590833241 }}' },
		/^Task ID .* has lost its digits: format the column as text$/,
	],
];

describe('nothing is sent, and the message names field and value', () => {
	it.each(CASES)('%s', async (_, parameters, message, item) => {
		const result = await run(parameters, item ? { items: [item] } : {});
		const error = errorOf(result);
		expect(error.message).toMatch(message);
		expect(error.message.length).toBeLessThanOrEqual(90);
		expect(error.name).toBe('NodeOperationError');
		expect(factsOf(error)).toEqual({
			taskState: 'not-created',
			retryable: false,
			hint: expect.stringMatching(/^[A-Z].{8,}/),
		});
		expect(error.description).toContain(String(factsOf(error).hint));
		expect(control.requests()).toEqual([]);
	});

	it('images that are none', async () => {
		const error = errorOf(await run(expand(), { items: [text] }));
		expect(error.message).toBe('Image is a web page, not an image');
		expect(error.description).toContain('hands over in binary field "data" (image/jpeg)');
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		expect(control.requests()).toEqual([]);
	});

	it('an unknown field lists those that are there', async () => {
		const error = errorOf(await run(expand({ image: 'phto' }), { items: [two] }));
		expect(error.description).toContain('"front" (image/jpeg), "back" (image/jpeg)');
	});
});

describe('with several items', () => {
	const items = photos({ n: 1 }, { n: 10 }, { n: 2 });
	const parameters = expand({ n: '={{ $json.n }}', downloadImages: false });

	it('Stop Workflow sends nothing for the others either', async () => {
		const error = errorOf(await run(parameters, { items }));
		expect(error.message).toMatch(/^Number of Images is "10"/);
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
		expect(output[1]?.json).toEqual({
			error: expect.stringMatching(/^Number of Images is "10"/),
			details: { taskState: 'not-created', retryable: false, hint: expect.any(String) },
		});
		expect(control.ledger()).toHaveLength(2);
	});

	it('the error output gets the bad one, paired', async () => {
		const { items: output, errorItems } = await run(parameters, { items, onError: 'continueErrorOutput' });
		expect(output.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 2 }]);
		// n8n 1.x takes no details there.
		const facts = isN8n1
			? expect.objectContaining({ message: expect.stringMatching(/^Number of Images is "10".+ — /) })
			: expect.objectContaining({ details: expect.objectContaining({ taskState: 'not-created' }) });
		expect(errorItems.map(({ pairedItem, json: { error, ...rest } }) => [pairedItem, error, rest])).toEqual([
			[{ item: 1 }, expect.stringMatching(/^Number of Images is "10"/), facts],
		]);
	});

	it('a parameter of a later item that does not resolve buys nothing', async () => {
		const prompt = "={{ $json.number === 2 ? $('Gone').item.json.x : 'fine' }}";
		const error = errorOf(await run(expand({ prompt }), { items: photos(...count(4)) }));
		expect(error.message).toContain("Referenced node doesn't exist");
		expect(control.requests()).toEqual([]);
	});
});
