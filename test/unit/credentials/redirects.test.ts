/** The test of a credential at an address that redirects, through n8n's own credential test. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { ICredentialType } from 'n8n-workflow';
import { afterAll, describe, expect, it } from 'vitest';

import { AliyunMarketApi } from '../../../credentials/AliyunMarketApi.credentials';
import { KlingApi } from '../../../credentials/KlingApi.credentials';
import { PsTaskApi } from '../../../credentials/PsTaskApi.credentials';
import { testCredential } from '../../harness/credential-test.ts';

/** Answers that the three tests take for a success, behind the redirect. */
const GOOD = '{"code":0,"ret":0,"body":[],"data":[]}';

const arrived: string[] = [];
const server = createServer((request, response) => {
	arrived.push(request.url ?? '');
	const [, status] = request.url?.split('/') ?? [];
	response.setHeader('content-type', 'application/json');
	if (status === 'good') response.end(GOOD);
	else response.writeHead(Number(status), { location: '/good' }).end(GOOD);
});
await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
afterAll(() => server.close());

const SERVICES: Array<[ICredentialType, Record<string, string>]> = [
	[new KlingApi(), { region: 'custom', apiKey: 'the-key' }],
	[new AliyunMarketApi(), { appCodeSecret: 'the-code' }],
	[new PsTaskApi(), { authentication: 'bearer', token: 'the-token' }],
];

describe.each(SERVICES)('$name', (credential, fields) => {
	const press = async (path: string) => {
		arrived.length = 0;
		const loaded = { name: 'package', nodes: new Map(), credentials: new Map([[credential.name, credential]]) };
		return await testCredential(loaded, credential.name, { ...fields, baseUrl: url + path });
	};

	it('takes a good answer for a success', async () => {
		expect(await press('/good')).toMatchObject({ status: 'OK' });
	});

	it.each([300, 301, 302, 303, 307, 308])(
		'follows no redirect with %i, whatever its body says, and names the field',
		async (status) => {
			expect(await press(`/${status}`)).toEqual({
				status: 'Error',
				message: 'The address redirects. Enter the address it leads to as Base URL.',
			});
			expect(arrived).toHaveLength(1);
		},
	);
});
