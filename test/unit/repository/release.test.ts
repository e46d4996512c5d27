/** What `npm run release:check` asks of a commit. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { MAX_PACKED, missingIn, type Release } from '../../../scripts/releaseRules';

const ready: Release = {
	version: '1.2.0',
	lockVersion: '1.2.0',
	changelog: '# Changelog\n\n## 1.2.0 (2026-09-30)\n\n- New.\n\n## 1.1.0 (2026-09-01)\n\n- Old.\n',
	readmes: { 'README.md': 'Tested with n8n 2.40.7 and 1.123.81.' },
	n8nVersions: ['2.40.7', '1.123.81'],
	tags: ['v1.2.0', 'good'],
	changes: [],
	files: { 'docs/a.md': '# A\n\nAll said.\n' },
	linted: true,
	packagesMatch: true,
	packed: { size: 1000, files: ['package.json', 'dist/nodes/Kling/Kling.node.js'] },
	today: '2026-09-30',
};

it('a release that has everything misses nothing', () => {
	expect(missingIn(ready)).toEqual([]);
});

const headed = (...headings: string[]) => ({ changelog: headings.map((text) => `## ${text}\n\n- x\n`).join('\n') });

it.each<[string, Partial<Release>, string]>([
	['no tag', { tags: [] }, 'The tag v1.2.0 is missing at this commit'],
	[
		'the tag of another version beside its own',
		{ tags: ['v1.2.0', 'v1.3.0'] },
		'The tag v1.3.0 is not the version 1.2.0 in package.json',
	],
	['a lock of another version', { lockVersion: '1.1.0' }, 'package-lock.json has version 1.1.0, package.json 1.2.0'],
	['a changelog without a date', headed('1.2.0 (unreleased)'), 'CHANGELOG.md: 1.2.0 has no date, but (unreleased)'],
	['a day that does not exist', headed('1.2.0 (2026-02-30)'), 'CHANGELOG.md: 1.2.0 has no date, but (2026-02-30)'],
	['a day to come', headed('1.2.0 (2026-10-01)'), 'CHANGELOG.md: the date of 1.2.0, 2026-10-01, is still to come'],
	['a changelog of the last release', headed('1.1.0 (2026-09-01)'), 'CHANGELOG.md does not begin with 1.2.0'],
	[
		'a heading of another form',
		headed('1.2.0 (2026-09-30)', '1.1.0'),
		'CHANGELOG.md: "## 1.1.0" is not like "## 1.2.3 (2026-09-30)"',
	],
	['a version twice', headed('1.2.0 (2026-09-30)', '1.2.0 (2026-09-01)'), 'CHANGELOG.md has 1.2.0 twice'],
	[
		'a README with another n8n',
		{ n8nVersions: ['2.41.0'] },
		'README.md does not name n8n 2.41.0, with which it is tested',
	],
	['what is not committed', { changes: ['a.ts', 'b.ts'] }, 'Commit what has changed: a.ts, b.ts'],
	['a placeholder', { files: { 'a.ts': 'one\n// TODO: two\n' } }, 'a.ts:2 has a placeholder: TODO'],
	['lint', { linted: false }, 'npm run lint fails'],
	[
		'packages of single services with the last version',
		{ packagesMatch: false },
		'The packages of single services are of before: npm run packages',
	],
	['a pack that fails', { packed: undefined }, 'npm pack fails'],
	[
		'a package that was not built',
		{ packed: { size: 1, files: ['package.json'] } },
		'The package has no dist: npm run build',
	],
	[
		'a package that has grown',
		{ packed: { size: MAX_PACKED + 1, files: ['dist/a.js'] } },
		`The package has ${MAX_PACKED + 1} bytes, more than ${MAX_PACKED}`,
	],
])('%s is missing, and nothing else', (_, change, problem) => {
	expect(missingIn({ ...ready, ...change })).toEqual([problem]);
});

it('a version that is none is told alone of the versions', () => {
	expect(missingIn({ ...ready, version: 'v1', changelog: '## v1 (2026-09-30)\n' })).toEqual([
		'The version v1 in package.json is none, such as 1.2.3',
	]);
});

it('everything that is missing is told at once', () => {
	expect(missingIn({ ...ready, tags: [], changes: ['a'], linted: false })).toHaveLength(3);
});

describe('this repository', () => {
	const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
	const versionIn = (path: string) => (JSON.parse(read(path)) as { version: string }).version;

	it('has one version in package.json, package-lock.json and at the head of the changelog', () => {
		const version = versionIn('package.json');
		expect(versionIn('package-lock.json')).toBe(version);
		expect(/^## (\S+) \(/m.exec(read('CHANGELOG.md'))?.[1]).toBe(version);
	});

	it('holds no address of a registry in its lock', () => {
		expect(read('package-lock.json')).not.toContain('"resolved"');
		expect(read('.npmrc')).toContain('omit-lockfile-registry-resolved=true');
	});
});
