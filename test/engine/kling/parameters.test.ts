/** What expressions, spreadsheets and forms hand over in fields that take no image. */
import type { IDataObject, INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { create, errorOf, expand, factsOf, itemsOf, KLING, multiImage, photos, start } from './support.ts';

const { run, control, n8n, provider, asked } = await start();
const { credentials } = provider;

const quick = { downloadImages: false };

describe('an expression that returns nothing is refused before anything is sent', () => {
	it.each<[string, INodeParameters]>([
		['Prompt', expand({ prompt: '={{ $json.gone }}' })],
		['Aspect Ratio', multiImage({ aspectRatio: '={{ $json.gone }}' })],
		['Model', multiImage({ modelName: '={{ $json.gone }}' })],
		['Number of Images', expand({ n: '={{ $json.gone }}' })],
		['Extend Up', expand({ upExpansionRatio: '={{ $json.gone }}' })],
		['Images From', multiImage({ options: { imagesFrom: '={{ $json.gone }}' } })],
		['Style Image', multiImage({ styleImage: '={{ $json.gone }}' })],
		['External Task ID', expand({ options: { externalTaskId: '={{ $json.gone }}' } })],
		['Callback URL', expand({ options: { callbackUrl: '={{ $json.gone }}' } })],
		['Watermark', expand({ options: { watermark: '={{ $json.gone }}' } })],
		['Raw JSON Fields', expand({ options: { extraBody: '={{ $json.gone }}' } })],
		['Timeout (Minutes)', expand({ options: { timeout: '={{ $json.gone }}' } })],
		['Wait for Result', expand({ waitForCompletion: '={{ $json.gone }}' })],
	])('%s', async (label, parameters) => {
		const error = errorOf(await run(parameters, { items: photos({ prmpt: 'a cup' }) }));
		expect(error.message).toBe(`${label}: the expression returned nothing`);
		expect(error.description).toMatch(
			/^Check the expression\. The item has the fields: prmpt, and the binary fields: data\./,
		);
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		expect(control.requests()).toEqual([]);
	});

	it('Continue On Fail sends the other item', async () => {
		const items = photos({ prompt: 'a cup' }, { prmpt: 'a cup' });
		const parameters = expand({ prompt: '={{ $json.prompt }}', ...quick });
		const { items: output } = await run(parameters, { items, onError: 'continueRegularOutput' });
		expect(output.map(({ json }) => json.status ?? json.error)).toEqual([
			'succeeded',
			'Prompt: the expression returned nothing',
		]);
		expect(control.ledger()).toHaveLength(1);
	});
});

describe('an empty cell', () => {
	it.each([[null], [''], [' \n']])('%j is sent without a prompt, and the item says so', async (prompt) => {
		const parameters = expand({ prompt: '={{ $json.prompt }}', ...quick });
		const [item] = itemsOf(await run(parameters, { items: photos({ prompt }) }));
		expect(item?.json.warnings).toEqual(['Prompt was left out: its expression gave an empty value.']);
		expect(asked()[0]).not.toHaveProperty('prompt');
	});

	it('left empty on purpose is no reason for a warning', async () => {
		expect(itemsOf(await run(expand({ prompt: '', ...quick })))[0]?.json).not.toHaveProperty('warnings');
	});

	it('as External Task ID means a derived one, and the item says so', async () => {
		const parameters = expand({ ...quick, options: { externalTaskId: '={{ $json.order }}' } });
		const [item] = itemsOf(await run(parameters, { items: photos({ order: '' }) }));
		expect(item?.json.externalTaskId).toMatch(/^n8n-/);
		expect(item?.json.warnings).toEqual(['External Task ID was left out: its expression gave an empty value.']);
	});
});

describe('other kinds of values', () => {
	it('numbers and switches that come as text are what they say', async () => {
		const parameters = expand({
			prompt: '={{ 42 }}',
			n: '={{ "2.0" }}',
			waitForCompletion: '={{ "true" }}',
			downloadImages: '={{ "false" }}',
			options: { watermark: '={{ "false" }}', timeout: '={{ " 3 " }}', externalTaskId: '={{ "\'order-1" }}' },
		});
		const [item] = itemsOf(await run(parameters));
		expect(asked()).toEqual([expect.objectContaining({ prompt: '42', n: 2, watermark_info: { enabled: false } })]);
		expect(item).toMatchObject({ json: { status: 'succeeded', externalTaskId: 'order-1' } });
		expect(item?.binary).toBeUndefined();
	});

	it.each<[string, INodeParameters, string]>([
		['true as a number', expand({ n: '={{ true }}' }), 'Number of Images is "true"'],
		['a list as a number', expand({ n: '={{ [3] }}' }), 'Number of Images is "[3]"'],
		['null as a number', expand({ n: '={{ null }}' }), 'Number of Images is empty'],
		['words behind a number', expand({ n: '={{ "3 images" }}' }), 'Number of Images is "3 images"'],
		['a number in another notation', expand({ n: '={{ "0x3" }}' }), 'Number of Images is "0x3"'],
		['0', expand({ n: '={{ 0 }}' }), 'Number of Images is "0"'],
		['true as a time', expand({ options: { timeout: '={{ true }}' } }), 'Timeout (Minutes) is "true"'],
		['yes as a switch', expand({ waitForCompletion: '={{ "yes" }}' }), 'Wait for Result is "yes"'],
		['1 as a switch', expand({ options: { watermark: '={{ 1 }}' } }), 'Watermark is "1"'],
		['a list as a text', expand({ prompt: '={{ ["a"] }}' }), 'Prompt is "["a"]", but it must be a text, not a list'],
		['an object as a text', expand({ prompt: '={{ { a: 1 } }}' }), 'must be a text, not an object'],
		['true as a text', expand({ prompt: '={{ true }}' }), 'must be a text, not true or false'],
		['a list as an address', expand({ options: { callbackUrl: '={{ [] }}' } }), 'Callback URL is "[]"'],
		['an empty model', multiImage({ modelName: '={{ "" }}' }), 'Model is empty, but it must be the name of a model'],
		[
			'a choice in other letters',
			multiImage({ options: { imagesFrom: '={{ "allitems" }}' } }),
			'Images From is "allitems"',
		],
		[
			'an own ID without its digits',
			expand({ options: { externalTaskId: '={{ "1.20261121E+17" }}' } }),
			'External Task ID "1.20261121E+17" has lost its digits: format the column as text',
		],
		[
			'a long integer in Raw JSON Fields',
			expand({ options: { extraBody: '{"elements":[{"id":831922345678901234}]}' } }),
			'Raw JSON Fields holds a number in "elements.0.id" that cannot be sent digit for digit',
		],
		[
			'a long integer in Raw JSON Fields by expression',
			expand({ options: { extraBody: '={{ { seed: 9007199254740993 } }}' } }),
			'Raw JSON Fields holds a number in "seed" that cannot be sent digit for digit',
		],
	])('%s is refused before anything is sent', async (_, parameters, message) => {
		const error = errorOf(await run(parameters));
		expect(error.message).toContain(message);
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		if (message.includes('digit for digit')) expect(error.description).toContain('put it in quotes');
		expect(control.requests()).toEqual([]);
	});
});

describe('a task ID', () => {
	const on = (taskId: string): INodeParameters => ({ resource: 'imageExpansion', operation: 'get', taskId });

	it.each([
		['with the apostrophe of a sheet', '={{ "\'" + $json.id }}'],
		['in a list of one', '={{ [$json.id] }}'],
		['as JSON of a list of one', '={{ JSON.stringify([$json.id]) }}'],
		['as the whole item', '={{ { taskId: $json.id, images: [] } }}'],
		['with white space and what shows nowhere', '={{ "\\u200B " + $json.id + "\\uFEFF\\n" }}'],
	])('%s is taken', async (_, taskId) => {
		const [made] = itemsOf(await run(create('imageExpansion', { waitForCompletion: false })));
		const { taskId: id } = made?.json as { taskId: string };
		const [item] = itemsOf(await run(on(taskId), { items: [{ json: { id } }] }));
		expect(item?.json.taskId).toBe(id);
	});

	it.each([
		['={{ "8.31922345678901E+17" }}', 'has lost its digits: format the column as text'],
		['={{ 831922345678901234 }}', 'has lost its digits: format the column as text'],
		['={{ ["1", "2"] }}', 'holds 2 values where one ID is needed'],
		['={{ { id: "1" } }}', 'is an object, not an ID'],
	])('%s is refused', async (taskId, message) => {
		expect(errorOf(await run(on(taskId))).message).toContain(message);
		expect(control.requests()).toEqual([]);
	});
});

describe('times and numbers of Get Many', () => {
	const at = (ms: number, zone: string) => new Date(ms).toLocaleString('sv-SE', { timeZone: zone }).replace(' ', 'T');

	it("a time from the editor is one of the workflow's time zone", async () => {
		await run(create('imageExpansion', { waitForCompletion: false }));
		const hour = 3_600_000;
		const now = Date.now();
		for (const timezone of ['Asia/Shanghai', 'America/New_York']) {
			const list = async (options: IDataObject) => {
				const parameters = { resource: 'imageExpansion', operation: 'getAll', options } as INodeParameters;
				return itemsOf(await run(parameters, { items: [{}], settings: { timezone } })).length;
			};
			expect(await list({ createdAfter: at(now - hour, timezone) })).toBe(1);
			expect(await list({ createdAfter: at(now + hour, timezone) })).toBe(0);
			expect(await list({ createdBefore: at(now + hour, timezone) })).toBe(1);
			expect(await list({ createdBefore: at(now - hour, timezone) })).toBe(0);
			expect(await list({ createdBefore: at(now, timezone).slice(0, 10) })).toBe(1);
			expect(await list({ createdAfter: '={{ $now.minus({ hours: 1 }) }}' })).toBe(1);
			expect(await list({ createdAfter: '={{ $now.plus({ hours: 1 }).toJSDate() }}' })).toBe(0);
			expect(await list({ createdAfter: `={{ ${Math.floor((now + hour) / 1000)} }}` })).toBe(0);
			expect(await list({ createdAfter: `={{ "${now + hour}" }}` })).toBe(0);
		}
	});

	it.each([
		[{ options: { createdAfter: '={{ 20261121 }}' } }, 'Created After is "20261121", which is not a date'],
		[{ options: { createdBefore: '21.11.2026' } }, 'Created Before is "21.11.2026", which is not a date'],
		[{ limit: '={{ true }}' }, 'Limit is "true", but it must be a whole number from 1'],
		[{ returnAll: '={{ "all" }}' }, 'Return All is "all", but it must be true or false'],
		[{ options: { page: '={{ [1] }}' } }, 'Page is "[1]"'],
		[{ options: { createdAfter: '={{ $json.gone }}' } }, 'Created After: the expression returned nothing'],
		[{ limit: '={{ $json.gone }}' }, 'Limit: the expression returned nothing'],
		[
			{ options: { status: '={{ "done" }}' } },
			'Status is "done", but it must be one of Failed, Processing, Submitted, Succeeded',
		],
	])('%j is refused', async (change, message) => {
		const parameters = { resource: 'imageExpansion', operation: 'getAll', ...change } as INodeParameters;
		expect(errorOf(await run(parameters, { items: [{}] })).message).toContain(message);
		expect(control.requests()).toEqual([]);
	});

	it('one status as text is a filter too', async () => {
		await run(expand({ waitForCompletion: false }));
		const options = { status: '={{ "failed" }}' };
		const parameters = { resource: 'imageExpansion', operation: 'getAll', options };
		expect(itemsOf(await run(parameters, { items: [{}] }))).toEqual([]);
	});
});

describe('a key', () => {
	it.each([
		['ak-0123|sk-0123', /^The field API Key of the credential holds two keys, with "\|" between them/],
		['key\n0123', /^The field API Key of the credential contains a line break/],
		['key\u200B0123', /^The field API Key of the credential contains an invisible character \(U\+200B\)/],
		['"key-0123"', /^The field API Key of the credential stands in quotes/],
	])('%j is refused by the test of the credential and by every request', async (apiKey, message) => {
		const wrong = { klingApi: { ...credentials.klingApi, apiKey } };
		const tested = await n8n.testCredential('klingApi', wrong.klingApi);
		expect(tested).toEqual({ status: 'Error', message: expect.stringMatching(message) });
		for (const parameters of [
			expand(quick),
			{ resource: 'imageExpansion', operation: 'get', taskId: '1' },
			{ resource: 'imageExpansion', operation: 'getAll' },
		]) {
			const error = errorOf(await run(parameters, { credentials: wrong }));
			expect(error.message).toMatch(message);
			expect(factsOf(error)).toMatchObject({ retryable: false });
			if (parameters.operation === 'create') expect(factsOf(error)).toMatchObject({ taskState: 'not-created' });
			expect(`${error.message} ${error.description}`).not.toContain('0123');
		}
		expect(control.requests()).toEqual([]);
	});

	it('a host of images that cannot be read is a mistake that the test of the credential finds', async () => {
		const wrong = { ...credentials.klingApi, privateImageHosts: 'minio, http://x' };
		expect(await n8n.testCredential('klingApi', wrong)).toEqual({
			status: 'Error',
			message: expect.stringContaining('Private Image Hosts'),
		});
	});
});

it('what an agent leaves empty is no error', async () => {
	const { answers } = await n8n.runAsTool({
		node: KLING,
		credentials,
		parameters: expand({
			...quick,
			image: "={{ $fromAI('image') }}",
			prompt: "={{ $fromAI('prompt') }}",
		}),
		calls: [
			[{ image: `data:image/jpeg;base64,${photos({})[0]?.binary?.data?.buffer.toString('base64')}`, prompt: '' }],
		],
	});
	expect(answers[0]?.error?.message).toBeUndefined();
	const [item] = answers[0]?.answer as IDataObject[];
	expect(item).toMatchObject({
		status: 'succeeded',
		warnings: expect.arrayContaining([expect.stringContaining('Prompt')]),
	});
	expect(asked()[0]).not.toHaveProperty('prompt');
});
