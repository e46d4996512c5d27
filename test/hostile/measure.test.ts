/** What measures regular expressions finds those that are slow, or that overflow, and misses no expression in the code. */
import { describe, expect, it } from 'vitest';

import { expressionsIn, hostileTexts, madeAtRunTime, overflowsOn, slowOn } from './regularExpressions';

describe('what measures them', () => {
	// Kept out of reach of a linter.
	const bad = (source: string, flags = '') => new RegExp(source, flags);

	it.each([
		['=+$', ''],
		['^(a+)+$', ''],
		['\\s+$', ''],
		['a.*b', 's'],
		['^(.*,)*$', ''],
		['\\d+z', 'g'],
	])('finds /%s/%s slow', { timeout: 900_000 }, (source, flags) => {
		expect(slowOn(bad(source, flags))).toMatch(/ms of the processor/);
	});

	it.each([
		['^[\\w.-]+(/[\\w.-]+)+$', ''],
		['[\\w+/=-]{64,}', ''],
	])('finds that /%s/%s overflows', (source, flags) => {
		expect(overflowsOn(bad(source, flags))).toMatch(/Maximum call stack size exceeded/);
	});

	it('finds literals, those in n8n expressions too, and what is made at run time', () => {
		const code = `
			const one = /a/.test(text) ? text.replace(/b+/g, '') : \`/no/ \${text.split(/c/i)}\`;
			const two = '={{ $json.id.replace(/d/, "/") }} and {{ /e/.test($json.id) }}';
			const three = \`={{ ("" + $json.id).replace(/f/s, \${one}) }}\`;
			new RegExp('g'); RegExp(one); text.match('h'); text.match(/i/); text.matchAll(one); text.search('j');
		`;
		const literals = expressionsIn('a.ts', code).map(({ pattern }) => String(pattern));
		expect(literals.sort()).toEqual(['/a/', '/b+/g', '/c/i', '/d/', '/e/', '/f/s', '/i/'].sort());
		expect(madeAtRunTime('a.ts', code)).toHaveLength(5);
	});

	it('makes texts of what an expression repeats, behind what leads to it', () => {
		const texts = hostileTexts(/^x(?:[0-9]+y|z)*;/).map(({ make }) => make(4));
		expect(texts).toEqual(expect.arrayContaining(['x0000', 'x0000\u0001', 'x0y0y', 'xzzzz']));
		expect(texts.every((text) => text.length < 12)).toBe(true);
	});
});
