/**
 * Services, callers and users choose the texts that our regular expressions read: one that takes more than linear time
 * lets them block n8n, and one that keeps every step overflows. All of them are found by the parser, a new one too.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { expressionsIn, madeAtRunTime, overflowsOn, slowOn } from './regularExpressions';

const root = fileURLToPath(new URL('../..', import.meta.url));

const sources = ['nodes', 'credentials'].flatMap((folder) =>
	readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.ts'))
		.map((name) => ({ file: `${folder}/${name}`, code: readFileSync(join(root, folder, name), 'utf8') })),
);

const found = sources.flatMap(({ file, code }) => expressionsIn(file, code));
const patterns = [...new Map(found.map(({ pattern }) => [String(pattern), pattern])).values()];

describe('the regular expressions of the package', () => {
	it('are literals, so that all of them are measured', () => {
		expect(patterns.length).toBeGreaterThan(50);
		// Those within n8n expressions too.
		expect(patterns.map(String)).toContain('/([A-Z])/g');
		expect(sources.flatMap(({ file, code }) => madeAtRunTime(file, code))).toEqual([]);
	});

	it('take linear time for hostile texts of up to a million characters', { timeout: 1_800_000 }, () => {
		expect(patterns.flatMap((pattern) => slowOn(pattern) ?? [])).toEqual([]);
	});

	it('do not overflow on ten million characters', { timeout: 1_800_000 }, () => {
		expect(patterns.flatMap((pattern) => overflowsOn(pattern) ?? [])).toEqual([]);
	});
});
