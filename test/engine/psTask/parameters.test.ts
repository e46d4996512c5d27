/** What expressions, spreadsheets and forms hand over. */
import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { errorOf, factsOf, itemsOf, on, psCredentials, start, submit } from './support.ts';

const { run, control, n8n, provider, asked } = await start();

describe('nothing is sent', () => {
	it.each<[string, INodeParameters, string]>([
		['a renamed field', submit({ prompt: '={{ $json.gone }}' }), 'Prompt: the expression returned nothing'],
		['an empty cell', submit({ prompt: '={{ null }}' }), 'Prompt is empty, but it must be a text'],
		['a list', submit({ prompt: '={{ ["a"] }}' }), 'not a list'],
		['no image ID', submit({ options: { imageId: '={{ $json.gone }}' } }), 'Image ID: the expression returned nothing'],
		['no editor', submit({ options: { editor: '={{ $json.gone }}' } }), 'Editor: the expression returned nothing'],
		['an image ID of a sheet', submit({ options: { imageId: '1.2E+17' } }), 'has lost its digits'],
		['true as priority', submit({ options: { priority: '={{ true }}' } }), 'Priority is "true"'],
		['null as priority', submit({ options: { priority: '={{ null }}' } }), 'Priority is empty'],
		['null as a switch', submit({ options: { keepSize: '={{ null }}' } }), 'Keep Size is empty'],
		['a long integer', submit({ options: { extraBody: '{"seed":9007199254740993}' } }), 'digit for digit'],
		['a task ID without its digits', on('get', { taskId: '8.31922345678901E+17' }), 'has lost its digits'],
	])('%s', async (_, parameters, message) => {
		const error = errorOf(await run(parameters, { items: [{ json: { other: 1 } }] }));
		expect(error.message).toContain(message);
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		expect(control.requests()).toEqual([]);
	});
});

it('numbers as text, apostrophes and empty cells are taken for what they are', async () => {
	const options = {
		imageId: "'1042",
		priority: '={{ "2.0" }}',
		keepSize: '={{ "false" }}',
		editor: '={{ null }}',
	};
	const [item] = itemsOf(await run(submit({ prompt: '={{ 2026 }}', downloadImages: false, options })));
	expect(asked()).toEqual([
		expect.objectContaining({ prompt: '2026', image_id: '1042', priority: 2, keep_size: false }),
	]);
	expect(asked()[0]).not.toHaveProperty('editor');
	expect(item?.json.warnings).toEqual(['Editor was left out: its expression gave an empty value.']);
});

it.each([
	['my\n-token', /^The field Token of the credential contains a line break/],
	['one|other', /^The field Token of the credential holds two keys, with \"\|\" between them/],
	['one\u200Btoken', /invisible character \(U\+200B\)/],
])('the token %j is refused by the test of the credential and by every request', async (token, message) => {
	const credentials = psCredentials(provider.url, { authentication: 'bearer', token });
	const tested = await n8n.testCredential('psTaskApi', credentials.psTaskApi);
	expect(tested).toEqual({ status: 'Error', message: expect.stringMatching(message) });
	for (const parameters of [submit(), on('get', { taskId: '1' })]) {
		const error = errorOf(await run(parameters, { credentials }));
		expect(error.message).toMatch(message);
		expect(factsOf(error)).toMatchObject({ retryable: false });
		if (parameters.operation === 'create') expect(factsOf(error)).toMatchObject({ taskState: 'not-created' });
	}
	expect(control.requests()).toEqual([]);
});
