/** The table of what differs between the lines of n8n: each row names the test that shows it, and the test runs on both. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { ON_BOTH_LINES } from '../../vitest.config';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const PAGE = 'docs/n8n-versions.md';
const page = readFileSync(join(root, PAGE), 'utf8');

const [, ...lines] = page.split('\n').filter((line) => line.startsWith('|'));
const rows = lines.slice(1).map((line) => {
	const cells = line.split('|').map((cell) => cell.trim());
	const tests = [...(cells.at(-2) ?? '').matchAll(/\[(.+?)\]\((\S+?)\)/g)];
	return {
		matter: cells[1] ?? '',
		tests: tests.map(([, title = '', path = '']) => ({ title, file: normalize(join(dirname(PAGE), path)) })),
	};
});

it('has rows, of five columns each', () => {
	expect(rows.length).toBeGreaterThan(10);
	for (const line of lines) expect(line.split('|'), line).toHaveLength(6);
});

describe.each(rows)('$matter', ({ tests }) => {
	it('has a test', () => {
		expect(tests.length).toBeGreaterThan(0);
	});

	it.each(tests)('$title', ({ title, file }) => {
		const source = readFileSync(join(root, file), 'utf8');
		expect(source.includes(`('${title}'`) || source.includes(`\n\t\t'${title}'`), `${file}: ${title}`).toBe(true);
	});

	it.each(tests)('runs on both lines: $file', ({ file }) => {
		const name = /^test\/e2e\/(.+)\.test\.ts$/.exec(file)?.[1];
		if (name === undefined) expect(file).toMatch(/^test\/engine\//);
		else expect(ON_BOTH_LINES).toContain(name);
	});
});

describe('the tests in a real n8n', () => {
	it.each(ON_BOTH_LINES)('%s is there', (name) => {
		expect(existsSync(join(root, 'test', 'e2e', `${name}.test.ts`))).toBe(true);
	});

	it('run on both lines, or the page says why not', () => {
		const all = readdirSync(join(root, 'test', 'e2e')).filter((file) => file.endsWith('.test.ts'));
		const [, why = ''] = page.split('Not run on 1.123:');
		const named = [...why.matchAll(/`([\w-]+)`/g)].map(([, name]) => name);
		expect([...ON_BOTH_LINES, ...named].sort()).toEqual(all.map((file) => file.replace('.test.ts', '')).sort());
	});
});
