/** The repository explains itself: what its files cite and link to is in it. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { brokenLinks, citationsIn, problemOf, type Repository } from './citations';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

const CODE = ['nodes', 'credentials', 'sandbox', 'scripts', 'test', 'bench', 'gulpfile.js', 'eslint.config.mjs'];
const MARKDOWN = [
	'README.md',
	'ARCHITECTURE.md',
	'CONTRIBUTING.md',
	'CHANGELOG.md',
	'SECURITY.md',
	'docs',
	'examples',
	'sandbox',
	'bench',
];

/** This folder makes up citations that lead nowhere. */
const OWN_FOLDER = 'test/unit/repository/';

/** Files at or below paths, whose names end like this. */
function filesIn(paths: string[], ending: RegExp): string[] {
	const found = paths
		.filter((path) => existsSync(join(root, path)))
		.flatMap((path) => {
			if (statSync(join(root, path)).isFile()) return [path];
			return readdirSync(join(root, path), { recursive: true, encoding: 'utf8' }).map((name) => join(path, name));
		});
	return found.filter(
		(file) => ending.test(file) && !/(^|\/)(node_modules|output)\//.test(file) && !file.startsWith(OWN_FOLDER),
	);
}

/** Directories can be linked to as well. */
const read: Repository = (path) => {
	const place = join(root, path);
	if (!existsSync(place)) return undefined;
	return statSync(place).isFile() ? readFileSync(place, 'utf8') : '';
};

const textOf = (file: string) => readFileSync(join(root, file), 'utf8');

describe('this repository', () => {
	const citations = filesIn(CODE, /\.[cm]?[jt]s$/).flatMap((file) => citationsIn(file, textOf(file)));

	it('has every document, with the heading, that its code cites', () => {
		expect(citations.length).toBeGreaterThan(20);
		expect(citations.flatMap((citation) => problemOf(citation, read) ?? [])).toEqual([]);
	});

	it('has every file and heading that its Markdown files link to', () => {
		const files = filesIn(MARKDOWN, /\.md$/);
		expect(files).toEqual(expect.arrayContaining(['README.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'docs/n8n.md']));
		expect(files.flatMap((file) => brokenLinks(file, textOf(file), read))).toEqual([]);
	});
});

const madeUp: Record<string, string> = {
	'docs/service.md':
		'# Service\n\n## Room, and its end\n\n1. One.\n2. Two.\n\n```\n## In code\n```\n\n## What `state` tells\n\n## Twice\n\n## Twice\n',
	'docs/other.md': '',
	'../outside.md': '',
};
const problemsOf = (code: string) =>
	citationsIn('nodes/a.ts', code).flatMap((citation) => problemOf(citation, (path) => madeUp[path]) ?? []);

describe('a citation', () => {
	it.each([
		['alone', '// See docs/service.md.'],
		['with prose behind a comma', '/** As docs/service.md, which is short, says. */'],
		['with a heading that has a comma', '/** Why (docs/service.md, Room, and its end). */'],
		['with a heading before the end of a comment', '/** docs/service.md, Room, and its end */'],
		['with a heading in a string', "describe('rules (docs/service.md, Room, and its end)', () => {});"],
		['with code in the heading', '// docs/service.md, What state tells: more.'],
		['of a point in a list', '// (docs/service.md, Room, and its end 2)'],
		['of two documents', '// (docs/service.md, Service; docs/other.md)'],
		['over two lines', '/**\n\t * Why (docs/service.md, Room, and\n\t * its end).\n\t */'],
		['over two lines of another kind', '// Why (docs/service.md,\n// Room, and its end).'],
		['by a path from the citing file', "new URL('../docs/service.md', import.meta.url)"],
	])('%s is found', (_, code) => {
		expect(citationsIn('nodes/a.ts', code)).not.toEqual([]);
		expect(problemsOf(code)).toEqual([]);
	});

	it.each([
		['of a missing file', '// (docs/none.md, Service)', 'nodes/a.ts: there is no docs/none.md'],
		['of a file outside', "new URL('../../outside.md', import.meta.url)", 'nodes/a.ts: there is no ../../outside.md'],
		['of a missing heading', '// (docs/service.md, None). More.', 'nodes/a.ts: docs/service.md has no heading "None"'],
		['of a part of a heading', '// docs/service.md, Room.', 'nodes/a.ts: docs/service.md has no heading "Room"'],
		[
			'of a heading in a code block',
			'// docs/service.md, In code',
			'nodes/a.ts: docs/service.md has no heading "In code"',
		],
		[
			'of a missing point',
			'// docs/service.md, Room, and its end 3',
			'nodes/a.ts: docs/service.md has no heading "Room, and its end 3"',
		],
		[
			'of a missing file over two lines',
			'/**\n * (docs/service.md, Service;\n * specs/none.md)\n */',
			'nodes/a.ts: there is no specs/none.md',
		],
	])('%s is a problem', (_, code, problem) => {
		expect(problemsOf(code)).toEqual([problem]);
	});

	it('is neither a URL nor a pattern of names', () => {
		expect(
			citationsIn('a.ts', "'https://example.com/docs/a.md' + 'docs/**/*.md' + `${key}.md` // RFC 7578, section 4"),
		).toEqual([]);
	});
});

describe('a link', () => {
	const broken = (markdown: string) => brokenLinks('docs/service.md', markdown, (path) => madeUp[path]);

	it('leads to a file, to a heading of a file, or to one of its own', () => {
		expect(
			broken(
				'[a](other.md), ![b](../docs/other.md), [c](service.md#room-and-its-end), [`d`](#what-state-tells), [e](#twice-1)',
			),
		).toEqual([]);
	});

	it('of another kind is not looked at', () => {
		expect(
			broken('[a](https://example.com/none.md) [b](mailto:a@example.com) `[c](none.md)`\n```\n[d](none.md)\n```\n'),
		).toEqual([]);
	});

	it('that leads nowhere is a problem', () => {
		expect(broken('[a](none.md) [b](#none) [c](service.md#twice-2)')).toEqual([
			'docs/service.md: there is no none.md',
			'docs/service.md: docs/service.md has no heading for #none',
			'docs/service.md: docs/service.md has no heading for #twice-2',
		]);
	});
});
