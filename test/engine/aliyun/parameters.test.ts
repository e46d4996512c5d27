/** What expressions, spreadsheets and forms hand over in fields that take no photos. */
import type { INodeParameters } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import {
	aliyunCredentials as signed,
	errorOf,
	factsOf,
	generate,
	get,
	itemsOf,
	portray,
	start,
	styles,
	train,
} from './support.ts';

const { run, requests, n8n, model, asked, url } = await start();

const locator = (value: string) => ({ mode: 'id', value, __rl: true });

describe('nothing is sent', () => {
	it.each<[string, INodeParameters, string]>([
		['no user ID', portray({ userId: '={{ $json.gone }}' }), 'User ID: the expression returned nothing'],
		[
			'no style',
			portray({ userId: 'U1', style: locator('={{ $json.gone }}') }),
			'Style: the expression returned nothing',
		],
		['an empty style', portray({ userId: 'U1', style: locator('={{ "" }}') }), 'Style is empty'],
		[
			'no callback URL',
			train({ options: { callbackUrl: '={{ $json.gone }}' } }),
			'Callback URL: the expression returned nothing',
		],
		[
			'no training to go on with',
			generate({ options: { modelTaskId: '={{ $json.gone }}' } }),
			'Training Task ID: the expression returned nothing',
		],
		['no model to go on with', generate({ options: { userId: '={{ $json.gone }}' } }), 'User ID: the expression'],
		['a user ID of a sheet', portray({ userId: '8.31922345678901E+17' }), 'has lost its digits'],
		['a training ID of a sheet', generate({ options: { modelTaskId: '8.3E+17' } }), 'has lost its digits'],
		['several user IDs', portray({ userId: '={{ ["U1", "U2"] }}' }), 'holds 2 values where one ID is needed'],
		['a task ID without its digits', get('portrait', { taskId: '={{ 831922345678901234 }}' }), 'has lost its digits'],
		[
			'true as a timeout',
			generate({ options: { trainingTimeout: '={{ true }}' } }),
			'Training Timeout (Minutes) is "true"',
		],
		['a list as a callback URL', train({ options: { callbackUrl: '={{ [1] }}' } }), 'must be a text, not a list'],
		['a limit in words', styles({ limit: '={{ "3 styles" }}' }), 'Limit is "3 styles"'],
	])('%s', async (_, parameters, message) => {
		const error = errorOf(await run(parameters));
		expect(error.message).toContain(message);
		expect(factsOf(error)).toMatchObject({ taskState: 'not-created', retryable: false });
		expect(requests()).toEqual([]);
	});
});

it('a user ID with the apostrophe of a sheet, in a list of one, is taken', async () => {
	const { userId } = await model();
	const parameters = portray({ userId: '={{ ["\'" + $json.id] }}', options: { callbackUrl: '={{ null }}' } });
	const [item] = itemsOf(await run(parameters, { items: [{ json: { id: userId } }] }));
	expect(item?.json).toMatchObject({
		status: 'succeeded',
		userId,
		warnings: ['Callback URL was left out: its expression gave an empty value.'],
	});
	expect(asked().at(-1)).not.toHaveProperty('callback_url');
});

it.each([
	['appCode', { appCodeSecret: 'code\n0123' }, /AppCode .*contains a line break/],
	['appCode', { appCodeSecret: '204012345:secret0123' }, /AppCode .*holds two keys, with ":" between them/],
	['appKeySecret', { appKey: '204012345|secret0123' }, /AppKey .*holds two keys, with "\|" between them/],
	['appKeySecret', { appSecret: 'se\u200Bcret0123' }, /AppSecret .*invisible character \(U\+200B\)/],
	['appCode', { privateImageHosts: 'http://x' }, /Private Image Hosts/],
] as const)(
	'%s with %j is refused by the test of the credential and by every request',
	async (way, change, message) => {
		const credentials = signed(url, way, change);
		const tested = await n8n.testCredential('aliyunMarketApi', credentials.aliyunMarketApi);
		expect(tested).toEqual({ status: 'Error', message: expect.stringMatching(message) });
		for (const parameters of [train(), get('portrait', { taskId: '1' }), styles()]) {
			const error = errorOf(await run(parameters, { credentials }));
			expect(error.message).toMatch(message);
			if (parameters.operation === 'create') expect(factsOf(error)).toMatchObject({ taskState: 'not-created' });
		}
		expect(requests()).toEqual([]);
	},
);
