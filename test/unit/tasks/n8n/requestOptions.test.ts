import { describe, expect, it } from 'vitest';

import { batching, requestSettings, requestTimeoutMs } from '../../../../nodes/tasks/n8n/requestOptions';

describe('Proxy', () => {
	it.each([
		['http://proxy.test:3128', { host: 'proxy.test', port: 3128, protocol: 'http' }],
		['http://proxy.test', { host: 'proxy.test', port: 80, protocol: 'http' }],
		['https://proxy.test', { host: 'proxy.test', port: 443, protocol: 'https' }],
		[
			'http://user:p%40ss@proxy.test:1',
			{ host: 'proxy.test', port: 1, protocol: 'http', auth: { username: 'user', password: 'p@ss' } },
		],
		[
			'http://user:100%@proxy.test:1',
			{ host: 'proxy.test', port: 1, protocol: 'http', auth: { username: 'user', password: '100%' } },
		],
	])('%s', (proxy, read) => {
		expect(requestSettings({ proxy })).toEqual({ proxy: read });
	});

	it.each(['no address', '127.0.0.1:3128', 'localhost:3128', 'http://', '//proxy.test'])(
		'%j is refused, before anything is sent and without its password',
		(proxy) => {
			const attempt = () => requestSettings({ proxy });
			expect(attempt).toThrow(/^Proxy is not a valid address/);
			expect(attempt).toThrow(expect.objectContaining({ unsent: true }));
		},
	);

	it.each([
		'socks5://user:s3cret@proxy.test:1080',
		'socks://proxy.test',
		'SOCKS5H://proxy.test',
		'ftp://u:s3cret@proxy.test',
	])('%j is refused: n8n would log its password and go without it', (proxy) => {
		const attempt = () => requestSettings({ proxy });
		expect(attempt).toThrow(/^Proxy is of the kind \w+:\/\/, which n8n cannot use\. Enter an HTTP proxy/);
		expect(attempt).toThrow(expect.objectContaining({ unsent: true }));
		expect(attempt).not.toThrow(/s3cret/);
	});

	it('left empty is none', () => {
		expect(requestSettings({ proxy: '' })).toEqual({});
	});
});

it('Ignore SSL Issues counts only when it is switched on', () => {
	expect(requestSettings({ allowUnauthorizedCerts: true })).toEqual({ skipSslCertificateValidation: true });
	expect(requestSettings({ allowUnauthorizedCerts: false })).toEqual({});
});

it('Timeout counts above 0', () => {
	expect([{}, { timeout: 0 }, { timeout: '' }, { timeout: '250' }].map(requestTimeoutMs)).toEqual([
		undefined,
		undefined,
		undefined,
		250,
	]);
});

describe('Batching', () => {
	const read = (batch: object) => batching({ batching: { batch } });

	it('without it all items start at once', () => {
		expect([batching({}), batching({ batching: {} }), read({})]).toEqual(Array(3).fill({ size: 1, pauseMs: 0 }));
	});

	it('takes sizes below 1 for 1, and no pause below 0', () => {
		expect(read({ batchSize: 50, batchInterval: 1_000 })).toEqual({ size: 50, pauseMs: 1_000 });
		expect(read({ batchSize: -1, batchInterval: -1 })).toEqual({ size: 1, pauseMs: 0 });
		expect(read({ batchSize: '', batchInterval: '' })).toEqual({ size: 1, pauseMs: 0 });
	});
});
