import { expect, it } from 'vitest';

import { headOfBase64, normalizeBase64, SHORTEST_BASE64 } from '../../../nodes/tasks/base64';

// Bytes whose base64 holds every special character: 0xfb 0xff gives "+/8=".
const bytes = Buffer.from([0xfb, 0xff, 0xfe, 0xfb, 0xff, 0xbf, 0x00]);
const plain = bytes.toString('base64');

it('gives the raw form that Kling takes, whatever form comes in', () => {
	expect(plain).toMatch(/[+].*[/]|[/].*[+]/);
	expect(normalizeBase64(plain)).toBe(plain);
	expect(normalizeBase64(bytes.toString('base64url'))).toBe(plain);
	expect(normalizeBase64(`${plain.slice(0, 3)}\r\n ${plain.slice(3)}\n`)).toBe(plain);
	expect(normalizeBase64(plain.replace(/=/g, ''))).toBe(plain);
});

it.each(['', '   ', '====', 'A', 'AAAAA', 'not base64!', 'AA=A', '图片图片', 'data:image/png;base64,AAAA'])(
	'is undefined for what is not base64: %j',
	(text) => {
		expect(normalizeBase64(text)).toBeUndefined();
	},
);

it('looks at the first bytes without decoding the rest', () => {
	const long = Buffer.alloc(10_000, 7);
	expect(headOfBase64(long.toString('base64'))).toEqual(Buffer.alloc(48, 7));
	expect(headOfBase64('+/8=')).toEqual(Buffer.from([0xfb, 0xff]));
});

it('lets a bare text count as base64 from 100 characters', () => {
	expect(SHORTEST_BASE64).toBe(100);
});
