/** Style: Get Many, and the searchable list behind the field Style. */
import type { ICredentialDataDecryptedObject, INodeListSearchResult, INodeType } from 'n8n-workflow';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, describe, expect, it } from 'vitest';

import { aliyunCredentials, ALIYUN, errorOf, factsOf, itemsOf, start, STYLE, styles, textOf } from './support.ts';

const { run, control, requests, faults, n8n, url, signedIn, credentials } = await start();
const ask = async (change: object = {}, options = {}) =>
	itemsOf(await run(styles(change as never), { items: [{}], ...options }));

describe('Get Many', () => {
	it('gives styles with ID, name, sex and the address of the preview, one item each', async () => {
		const items = await ask({ returnAll: true });
		expect(items).toHaveLength(12);
		expect(items[0]).toEqual({
			json: { styleId: STYLE, name: '仙气十足', sex: '女', templateUrl: `${url}/templates/${STYLE}.png` },
			pairedItem: { item: 0 },
		});
		expect(requests().map(({ method, path, query }) => [method, path, query])).toEqual([
			['GET', '/cloud/aigc_product_brief_query', ''],
		]);
		const preview = await fetch(String(items[0]?.json.templateUrl));
		expect(preview.headers.get('content-type')).toBe('image/png');
	});

	it.each([
		['50 of them by default', {}, 12],
		['as many as Limit says', { limit: 2 }, 2],
		['those for one sex', { returnAll: true, options: { sex: '男' } }, 5],
		['those for one sex, written with spaces', { returnAll: true, options: { sex: ' 女 ' } }, 7],
		['those for a sex that there is not', { returnAll: true, options: { sex: 'other' } }, 0],
		['those with a name', { returnAll: true, options: { name: '花好' } }, 1],
		[
			'those with part of a name and a sex, limited after the filters',
			{ limit: 1, options: { sex: '男', name: '夜' } },
			1,
		],
		['none whose ID alone holds the name', { returnAll: true, options: { name: '20057d0c' } }, 0],
		['all for empty options', { returnAll: true, options: { name: ' ', sex: '' } }, 12],
	])('%s', async (_, change, count) => {
		expect(await ask(change)).toHaveLength(count);
	});

	it.each([0, -1, 1.5, 'many'])('a Limit of %j is refused', async (limit) => {
		const error = errorOf(await run(styles({ limit: `={{ ${JSON.stringify(limit)} }}` }), { items: [{}] }));
		expect(error.message).toContain('Limit is');
		expect(requests()).toEqual([]);
	});

	it('answers each input item, paired', async () => {
		const items = await ask({ limit: 2 }, { items: [{}, {}] });
		expect(items.map(({ pairedItem }) => pairedItem)).toEqual([{ item: 0 }, { item: 0 }, { item: 1 }, { item: 1 }]);
	});

	it('is repeated after a lost answer', async () => {
		faults({ on: 'list', kind: 'dropAfter', count: 1 });
		expect(await ask()).toHaveLength(12);
	});

	it.each([
		[
			'ret other than 0',
			{ kind: 'code', code: 1001, message: 'not today' },
			/: the service does not accept it: not today$/,
			1001,
		],
		['used up calls', { kind: 'gateway', code: 'B403MQ' }, /used up.*quota exhausted/, 'B403MQ'],
	] as const)('with %s is an error, not an empty list', async (_, fault, message, code) => {
		faults({ on: 'list', ...fault });
		const error = errorOf(await run(styles(), { items: [{}] }));
		expect(error.message).toMatch(message);
		expect(factsOf(error)).toMatchObject({ code, taskState: 'not-created', retryable: false });
	});
});

/** Answers that the simulator does not give. */
const answers: Record<string, string> = {
	'/none': '{"ret":0,"body":[]}',
	'/null': '{"ret":0,"body":null}',
	'/words': '{"ret":0,"body":"maintenance"}',
	'/odd': '{"ret":"0","body":[null,7,{"name":"no ID"},{"style":5},{"style":"a","name":"","sex":null,"template":"x"}]}',
};
const server = createServer((request, response) => {
	const [, text = ''] = Object.entries(answers).find(([path]) => request.url?.startsWith(path)) ?? [];
	response.writeHead(200, { 'content-type': 'application/json' }).end(text);
});
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
afterAll(() => server.close());
const elsewhere = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

describe('a list that is odd', () => {
	const at = (path: string) => ({ credentials: aliyunCredentials(elsewhere + path, 'none') });

	it('or empty is read as far as it goes', async () => {
		expect(await ask({}, at('/none'))).toEqual([]);
		expect((await ask({}, at('/odd'))).map(({ json }) => json)).toEqual([
			{ styleId: '5' },
			{ styleId: 'a', templateUrl: 'x' },
		]);
	});

	it.each(['/null', '/words'])('%s is no list, and that is an error', async (path) => {
		const error = errorOf(await run(styles(), { items: [{}], ...at(path) }));
		expect(textOf(error)).toMatch(/styles/);
	});
});

describe('the list behind the field Style', () => {
	const node = n8n.package.nodes.get(ALIYUN) as INodeType;

	const search = async (
		filter?: string,
		credential: ICredentialDataDecryptedObject = credentials.aliyunMarketApi,
	): Promise<INodeListSearchResult> =>
		await n8n.listSearch({
			node: ALIYUN,
			method: 'searchStyles',
			filter,
			credentials: { aliyunMarketApi: credential },
		});

	async function complaint(credential: ICredentialDataDecryptedObject): Promise<string> {
		const error = await search(undefined, credential).then(
			(list) => Promise.reject(new Error(`It gave ${JSON.stringify(list)}`)),
			(reason: Error & { description?: string }) => reason,
		);
		return textOf(error);
	}

	it('is declared on the field', () => {
		const fields = node.description.properties.filter(({ name }) => name === 'style');
		expect(fields).toHaveLength(3);
		for (const { type, modes } of fields) {
			expect(type).toBe('resourceLocator');
			expect(modes?.map(({ name }) => name)).toEqual(['list', 'id']);
			expect(modes?.[0]?.typeOptions).toEqual({ searchListMethod: 'searchStyles', searchable: true });
		}
	});

	it('shows name and sex, and leads to the preview', async () => {
		const { results } = await search();
		expect(results).toHaveLength(12);
		expect(results[0]).toEqual({ name: '仙气十足 (女)', value: STYLE, url: `${url}/templates/${STYLE}.png` });
	});

	it.each([
		['花好', 1],
		[' 江湖 ', 1],
		[STYLE.slice(0, 8).toUpperCase(), 1],
		['nothing like it', 0],
		['', 12],
	])('finds by name and by ID: %j', async (filter, count) => {
		expect((await search(filter)).results).toHaveLength(count);
	});

	it.each(['appCode', 'appKeySecret', 'header'] as const)('works signed in by %s', async (way) => {
		expect((await search('', signedIn(way).aliyunMarketApi)).results).toHaveLength(12);
	});

	it.each([
		['a wrong AppCode', () => signedIn('appCode', { appCodeSecret: 'wrong-secret' }), /AppCode/],
		['a wrong AppSecret', () => signedIn('appKeySecret', { appSecret: 'wrong-secret' }), /AppSecret/],
		['no base URL', () => signedIn('appCode', { baseUrl: '' }), /Base URL/],
		['a page that is no API', () => signedIn('appCode', { baseUrl: `${elsewhere}/page` }), /base URL/],
		[
			'ret other than 0',
			() => (faults({ on: 'list', kind: 'code', code: 7, message: 'not today' }), credentials),
			/not today/,
		],
		['used up calls', () => (faults({ on: 'list', kind: 'gateway', code: 'B403MQ' }), credentials), /used up/],
		[
			'used up calls at a classic gateway',
			() => (faults({ on: 'list', kind: 'gateway', message: 'Quota Exhausted' }), credentials),
			/used up/,
		],
	] as const)('says what is wrong in plain words: %s', async (_, prepare, text) => {
		const told = await complaint(prepare().aliyunMarketApi);
		expect(told).toMatch(text);
		expect(told).not.toContain('wrong-secret');
	});

	it('buys nothing', async () => {
		await search();
		expect(control.ledger()).toEqual([]);
	});
});
