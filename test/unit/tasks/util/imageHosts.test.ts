/** From which hosts images are downloaded: every spelling of a private address, and what a credential allows. */
import { describe, expect, it } from 'vitest';

import { addressIn, isPublic, rangeIn } from '../../../../nodes/tasks/util/address';
import { ImageHosts, type HostLookup } from '../../../../nodes/tasks/util/imageHosts';

const hostsOf = (privateImageHosts = '', baseUrl = 'https://api.example.com/v1') =>
	ImageHosts.of({ privateImageHosts }, baseUrl);
const judge = (host: string, allowed?: string, lookup?: HostLookup) =>
	hostsOf(allowed).judge(new URL(`http://${host}/a.png`), lookup);

const resolved = (...addresses: string[]): HostLookup => ({ addresses, refused: false });
const refused = (...addresses: string[]): HostLookup => ({ addresses, refused: true });

describe('refused as private', () => {
	it.each([
		// Loopback, in all spellings that a URL takes.
		...['127.0.0.1', '127.0.0.1:9000', '127.255.255.254', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1'],
		...[
			'0177.0.0.1',
			'017700000001',
			'0x7f.0x0.0x0.0x1',
			'127.0.0.1.',
			'１２７.0.0.1',
			'127。0。0。1',
			'%31%32%37.0.0.1',
		],
		...['localhost', 'LOCALHOST', 'localhost.', 'localhost..', 'a.localhost', 'a.b.localhost.', 'user:pass@localhost'],
		// "This network", which Linux takes for loopback.
		...['0.0.0.0', '0', '0.1.2.3'],
		// Private, link-local, CGNAT, protocol assignments, benchmarks, documentation, multicast, reserved, broadcast.
		...[
			'10.0.0.1',
			'10.255.255.255',
			'0xa.1',
			'172.16.0.1',
			'172.31.255.255',
			'192.168.0.1',
			'3232235521',
			'169.254.1.1',
		],
		...['100.64.0.1', '100.127.255.255', '192.0.0.8', '198.18.0.1', '198.19.255.255', '192.0.2.1', '198.51.100.7'],
		...['203.0.113.9', '192.88.99.1', '224.0.0.1', '239.255.255.250', '240.0.0.1', '255.255.255.255'],
		// IPv6.
		...[
			'[::]',
			'[::1]',
			'[0:0:0:0:0:0:0:1]',
			'[fc00::1]',
			'[fdff:1::1]',
			'[fe80::1]',
			'[febf::1]',
			'[fec0::1]',
			'[ff02::1]',
		],
		...['[2001:db8::1]', '[3fff::1]', '[2001:2::1]', '[2001:10::1]', '[100::1]', '[5f00::1]', '[4000::1]'],
		// IPv4 within IPv6: mapped, compatible, NAT64 (also of a public one), 6to4, Teredo.
		...[
			'[::ffff:127.0.0.1]',
			'[::ffff:7f00:1]',
			'[::ffff:0a00:1]',
			'[0:0:0:0:0:ffff:192.168.1.1]',
			'[::10.0.0.1]',
			'[::7f00:1]',
		],
		...['[64:ff9b::10.0.0.1]', '[64:ff9b::8.8.8.8]', '[64:ff9b:1::1]', '[2002:0a00:0001::1]', '[2002:7f00:1::]'],
		...['[2001:0:0a00:0001::f7f7:f7f7]', '[2001:0:808:808::f5ff:fffe]'],
	])('%s', (host) => {
		expect(judge(host)).toBe('private');
		expect(judge(host, 'minio, 172.30.0.0/16, fd12::/16')).toBe('private');
	});
});

describe('allowed without a setting', () => {
	it.each([
		...['cdn.example.com', 'example', '8.8.8.8', '9.255.255.255', '11.0.0.0', '126.255.255.255', '128.0.0.1', '1.1'],
		...['100.63.255.255', '100.128.0.0', '169.253.255.255', '169.255.0.0', '172.15.255.255', '172.32.0.0'],
		...['192.167.255.255', '192.169.0.0', '192.0.1.1', '198.17.255.255', '198.20.0.0', '223.255.255.255', '134744072'],
		...[
			'[2606:4700::1111]',
			'[2001:4860:4860::8888]',
			'[2a00::1]',
			'[3ffe::1]',
			'[::ffff:8.8.8.8]',
			'[2002:808:808::1]',
		],
		...[
			'[2001:0:808:808::f7f7:f7f7]',
			'localhost.example.com',
			'notlocalhost',
			'10.0.0.1.example.com',
			'müller.example',
		],
	])('%s', (host) => expect(judge(host)).toBe('allowed'));
});

describe('refused whatever is allowed: where clouds give away keys', () => {
	const everything = '0.0.0.0/0 ::/0 metadata.google.internal *.internal 169.254.169.254 100.100.100.200 own';
	it.each([
		...['169.254.169.254', '100.100.100.200', '0xa9fea9fe', '2852039166', '169.254.43518', '100.100.100.200:8080'],
		...[
			'[::ffff:169.254.169.254]',
			'[::ffff:6464:64c8]',
			'[::a9fe:a9fe]',
			'[64:ff9b::169.254.169.254]',
			'[fd00:ec2::254]',
		],
		...['[2002:a9fe:a9fe::1]', '[2001:0:a9fe:a9fe::1]', '169.254.170.2', '192.0.0.192', 'metadata.google.internal'],
		...['METADATA.google.internal.', 'metadata.goog'],
	])('%s', (host) => {
		expect(judge(host)).toBe('metadata');
		expect(judge(host, everything)).toBe('metadata');
		expect(hostsOf(everything, `http://${host}`).judge(new URL(`http://${host}/`))).toBe('metadata');
	});

	it('also behind a name that is allowed, or is the service itself', () => {
		expect(judge('own', 'own', resolved('10.0.0.1', '169.254.169.254'))).toBe('metadata');
		expect(judge('own', 'own', refused('169.254.169.254'))).toBe('metadata');
		expect(judge('api.example.com', '', resolved('100.100.100.200'))).toBe('metadata');
	});
});

describe('the host of the service is allowed', () => {
	it.each([
		['http://10.0.0.5:8000/api', 'http://10.0.0.5:9000/a.png'],
		['http://localhost', 'http://LOCALHOST.:1/a.png'],
		['http://[::1]:3000', 'https://[0:0::1]/a.png'],
		['https://Minio.internal', 'http://minio.internal:9000/'],
		['http://127.1:80', 'http://127.0.0.1:81/'],
	])('%s: %s', (baseUrl, url) => {
		expect(hostsOf('', baseUrl).judge(new URL(url), refused('10.0.0.1'))).toBe('allowed');
	});

	it.each([
		['http://10.0.0.5', 'http://10.0.0.6/'],
		['http://localhost', 'http://127.0.0.1/'],
		['http://localhost', 'http://a.localhost/'],
	])('%s: not %s', (baseUrl, url) => expect(hostsOf('', baseUrl).judge(new URL(url))).toBe('private'));
});

describe('Private Image Hosts', () => {
	it.each([
		['minio', 'minio:9000'],
		['MinIO', 'minio'],
		['localhost', 'localhost:9000'],
		['minio.', 'minio'],
		['minio:9000', 'minio:9000'],
		['a, b\nc d，e、f;localhost', 'localhost'],
		[' ,, localhost,', 'localhost'],
		['*.localhost', 'a.b.localhost'],
		['10.0.0.0/8', '10.9.8.7'],
		['10.1.2.3/8', '10.9.8.7'],
		['10.0.0.5', '10.0.0.5:81'],
		['10.0.0.5/32', '0xa.5'],
		['10.0.0.5:9000', '10.0.0.5:9000'],
		['[fd00::1]:9000', '[fd00::1]:9000'],
		['10.0.0.5:80', '10.0.0.5'],
		['10.0.0.0/8', '[::ffff:10.0.0.1]'],
		['::ffff:10.0.0.0/104', '10.0.0.1'],
		['fd00::/8', '[fd12::1]'],
		['[fd12::1]', '[fd12:0::1]'],
		['fd12::1', '[fd12::1]'],
		['64:ff9b::/96', '[64:ff9b::10.0.0.1]'],
		['100.64.0.0/10', '100.118.28.45'],
		['0.0.0.0/0', '192.168.0.1'],
	])('%j allows %s', (field, host) => {
		// A name by itself is open; what n8n knows of it makes it private.
		const lookup = refused('192.168.0.9');
		expect(judge(host, '', lookup)).toBe('private');
		expect(judge(host, field, addressIn(host) === undefined ? lookup : undefined)).toBe('allowed');
	});

	it.each([
		['minio', 'localhost'],
		['localhost:9000', 'localhost:9001'],
		['localhost:9000', 'localhost'],
		['*.localhost', 'localhost'],
		['10.0.0.5:9000', '10.0.0.5'],
		['10.0.0.0/8', '11.0.0.0.localhost'],
		['10.0.0.0/30', '10.0.0.4'],
		['10.0.0.0/8', '[2002:0a00:1::1]'],
		['fd00::/8', '[fc00::1]'],
		['::1/128', '127.0.0.1'],
	])('%j does not allow %s', (field, host) => expect(judge(host, field)).toBe('private'));

	it.each([
		...[
			'http://minio:9000',
			'https://minio',
			'minio/path',
			'10.0.0.0/33',
			'10.0.0/8',
			'10.0.0.0/-1',
			'10.0.0.0/',
			'/8',
		],
		...['10.0.0.0/8/8', '256.1.1.1', '010.0.0.1', '10.1', '0x7f.1', 'fd00::/129', 'fd00::1::2', '[fd00::1', 'a*b', '*'],
		...[
			'*.',
			'*.*.com',
			'minio:',
			'minio:port',
			':9000',
			'minio:999999',
			'minio:70000',
			'a?b',
			'a#b',
			'user@minio',
			'10.0.0.1-10.0.0.9',
			'.',
		],
		...['10.0.0.*', '::ffff:300.1.1.1', 'fe80::1%eth0', 'a|b', '<minio>'],
	])('%j is an error that names it, before anything is sent', (entry) => {
		expect(() => hostsOf(`minio, ${entry}`)).toThrow(
			expect.objectContaining({
				unsent: true,
				message: expect.stringContaining(`Private Image Hosts of the credential holds "${entry.slice(0, 5)}`),
			}),
		);
	});

	it.each([undefined, '', '  ', ',，\n'])('%j allows nothing more', (field) => {
		expect(judge('10.0.0.1', field)).toBe('private');
		expect(judge('cdn.example.com', field)).toBe('allowed');
	});
});

describe('a name, where n8n looks it up', () => {
	it.each<[string, HostLookup]>([
		['is private with a private address', resolved('10.0.0.1')],
		['is private with one private address among public ones', resolved('8.8.8.8', '::1')],
		['is private in what n8n itself does not refuse', resolved('100.64.0.9')],
		['is private over NAT64', resolved('64:ff9b::a00:1')],
		['is private when n8n refuses its address', refused('8.8.4.4')],
		['is private when n8n refuses the name', refused()],
	])('%s', (_, lookup) => expect(judge('name.example', '', lookup)).toBe('private'));

	it.each<[string, string, HostLookup]>([
		['public addresses', '', resolved('8.8.8.8', '2606:4700::1111')],
		['no known address', '', resolved()],
		['addresses in an allowed range', '10.0.0.0/8', resolved('10.0.0.1', '8.8.8.8')],
		['an address in an allowed range that n8n refuses', '10.0.0.0/8', refused('10.0.0.1')],
		['a name that is allowed', 'name.example', refused('192.168.0.1')],
		['a name below one that is allowed', '*.example', refused()],
	])('is allowed with %s', (_, field, lookup) => expect(judge('name.example', field, lookup)).toBe('allowed'));

	it('is not allowed by a range that holds only some of its addresses', () => {
		expect(judge('name.example', '10.0.0.0/8', resolved('10.0.0.1', '192.168.0.1'))).toBe('private');
	});
});

it('an address is the same number in every form', () => {
	expect(addressIn('::ffff:10.0.0.1')).toBe(addressIn('10.0.0.1'));
	expect(addressIn('[0:0:0:0:0:0:0:1]')).toBe(1n);
	for (const text of [
		'',
		'1.2.3',
		'1.2.3.4.5',
		'01.2.3.4',
		'1.2.3.256',
		':',
		'::1]:80/[',
		'g::',
		'1::2::3',
		'-1.0.0.0',
	]) {
		expect(addressIn(text)).toBeUndefined();
	}
});

it('every IPv4 address lies in exactly the ranges of the registry', () => {
	const blocks = Array.from({ length: 256 }, (_, first) => `${first}.77.3.4`);
	const isPublicBlock = (text: string) => isPublic(addressIn(text)!);
	const refusedBlocks = blocks.flatMap((text, first) => (isPublicBlock(text) ? [] : [first]));
	expect(refusedBlocks).toEqual([0, 10, 100, 127, ...Array.from({ length: 32 }, (_, index) => 224 + index)]);
	expect(rangeIn('10.0.0.0/8')?.bits).toBe(104);
});
