/** What gets published. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

import { MAX_PACKED } from '../../../scripts/releaseRules';

const folder = fileURLToPath(new URL('../../..', import.meta.url));
const json = (file: string) => JSON.parse(readFileSync(folder + file, 'utf8')) as Record<string, unknown>;
const manifest = json('package.json');

describe('package.json', () => {
	it('asks for nothing at run time but the host', () => {
		expect(manifest.dependencies ?? {}).toEqual({});
		expect(manifest.optionalDependencies ?? {}).toEqual({});
		expect(manifest.bundledDependencies ?? []).toEqual([]);
		expect(manifest.peerDependencies).toEqual({ 'n8n-workflow': '*' });
		expect(Object.keys(manifest)).not.toContain('overrides');
	});

	it('publishes dist only, runs no script on installation, and is found by n8n', () => {
		expect(manifest.files).toEqual(['dist']);
		const scripts = Object.keys(manifest.scripts as object);
		expect(scripts.filter((name) => /^(pre|post)?install$|^prepare$/.test(name))).toEqual([]);
		expect(manifest.keywords).toContain('n8n-community-node-package');
		expect(manifest).toMatchObject({ name: 'n8n-nodes-kling-aliyun', license: 'MIT', n8n: { n8nNodesApiVersion: 1 } });
	});

	it('names files that the build makes', () => {
		const { nodes, credentials } = manifest.n8n as { nodes: string[]; credentials: string[] };
		expect([...nodes, ...credentials].filter((file) => !existsSync(folder + file))).toEqual([]);
		expect(nodes.length).toBeGreaterThan(0);
	});

	it.each(['n8n-workflow', 'n8n-core', 'axios', 'vitest', 'gulp', '@types/node'])('has %s for development', (name) => {
		expect(Object.keys(manifest.devDependencies as object)).toContain(name);
	});
});

/** Words by which users look for each node. */
const WORDS: Record<string, string[]> = {
	AliyunPortrait: ['aliyun', '阿里云', 'portrait', '写真', 'headshot', 'generate image', 'image generation'],
	Kling: [
		'Kling AI',
		'generate image',
		'image generation',
		'text to image',
		'product photo',
		'outpainting',
		'uncrop',
		'reframe',
		'可灵',
		'扩图',
	],
	PsTask: ['ps', 'photoshop', 'retouch', '修图', 'image'],
};

/** Triggers are looked for under other words: triggers.test.ts. */
const nodeFiles = (manifest.n8n as { nodes: string[] }).nodes.filter((file) => !file.includes('Trigger'));

it('every node has words to be found by', () => {
	expect(nodeFiles).toEqual(Object.keys(WORDS).map((name) => `dist/nodes/${name}/${name}.node.js`));
});

describe.each(Object.entries(WORDS))('searching finds the node %s', (name, words) => {
	type Codex = { alias: string[]; categories: string[]; subcategories: Record<string, string[]>; node: string };
	const { alias = [], categories, subcategories, node } = json(`dist/nodes/${name}/${name}.node.json`) as Codex;

	it.each(words)('by %s', (word) => {
		expect(alias).toContain(word);
	});

	it('under its own type and a category', () => {
		expect(node).toBe(`n8n-nodes-kling-aliyun.${name.charAt(0).toLowerCase()}${name.slice(1)}`);
		expect(categories).toContain('AI');
		// Without it the search of the editor leaves an AI node out.
		expect(subcategories.AI).toContain('Root Nodes');
	});
});

describe('npm pack', () => {
	const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
		cwd: folder,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	const [{ files, size }] = JSON.parse(output) as [{ files: Array<{ path: string }>; size: number }];

	it('holds dist, README, LICENSE and package.json, and nothing else', () => {
		const others = files.map(({ path }) => path).filter((path) => !path.startsWith('dist/'));
		expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
	});

	it('holds code, codex, icons and schemas in dist, but no source map, source or test', () => {
		const kinds = new Set(
			files
				.map(({ path }) => path)
				.filter((path) => path.startsWith('dist/'))
				.map((path) =>
					path
						.replace(/^.*?(\.[a-z.]+)$/i, '$1')
						.split('.')
						.at(-1),
				),
		);
		expect([...kinds].sort()).toEqual(['js', 'json', 'svg']);
		expect(files.filter(({ path }) => /test|spec|\.map$|\.ts$/i.test(path))).toEqual([]);
	});

	it('is at most 200 KB', () => {
		expect(size).toBeGreaterThan(1000);
		expect(size).toBeLessThanOrEqual(MAX_PACKED);
	});
});
