/** The documents for users: short, whole, and alike in both languages. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { NodeHelpers, type INodeParameters, type INodeProperties, type INodeType } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { imagePath, NODE_PAGES, pagePath } from '../../../scripts/docs';
import { allOperations } from '../../../scripts/operations';
import { loadPackage } from '../../harness/package';
import { namesIn, skeletonOf } from './documents';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');
const { nodes, credentials } = await loadPackage(root);

const KIB = 1024;

describe('README.md', () => {
	const readme = read('README.md');

	it('is at most 9 kB', () => {
		expect(Buffer.byteLength(readme)).toBeLessThanOrEqual(9000);
	});

	it('names the versions of n8n that are tested', () => {
		expect(readme).toContain('n8n 2.40.7');
		expect(readme).toContain('1.123.81');
	});

	it('links to the page of every node', () => {
		for (const page of Object.values(NODE_PAGES)) expect(readme).toContain(`(docs/nodes/${page}.md)`);
	});

	describe('the workflow to paste', () => {
		type Pasted = {
			nodes: Array<{ name: string; type: string; typeVersion: number; parameters: INodeParameters }>;
			connections: Record<string, { main: Array<Array<{ node: string; type: string; index: number }>> }>;
		};
		const workflow = JSON.parse(/```json\n([^]*?)```/.exec(readme)?.[1] ?? '') as Pasted;

		it('connects nodes that it has', () => {
			const names = workflow.nodes.map(({ name }) => name);
			const targets = Object.values(workflow.connections).flatMap(({ main }) => main.flat().map(({ node }) => node));
			expect(names).toEqual(expect.arrayContaining([...Object.keys(workflow.connections), ...targets]));
			expect([...new Set([...Object.keys(workflow.connections), ...targets])].sort()).toEqual([...names].sort());
		});

		it('has parameters that our node declares and shows, and nothing that it requires is missing', () => {
			const own = workflow.nodes.filter(({ type }) => type.startsWith('n8n-nodes-kling-aliyun.'));
			expect(own.length).toBeGreaterThan(0);
			for (const node of own) {
				const { description } = nodes.get(node.type) as INodeType;
				const values = NodeHelpers.getNodeParameters(
					description.properties,
					node.parameters,
					true,
					false,
					node,
					description,
				) as INodeParameters;
				const shown = description.properties.filter((property: INodeProperties) =>
					NodeHelpers.displayParameter(values, property, node, description),
				);
				expect(shown.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(node.parameters)));
				expect(values).toMatchObject(node.parameters);
				const issues = NodeHelpers.getNodeParametersIssues(
					description.properties,
					{ ...node, id: '', position: [0, 0], parameters: values },
					description,
				);
				expect(issues).toBeNull();
			}
		});
	});
});

describe('every operation has its section and its image', () => {
	const operations = allOperations();
	const languages = ['en', 'zh-CN'] as const;

	it.each(operations)('$nodeLabel, $resourceLabel: $operationLabel', (declared) => {
		const { node, resourceLabel, operationLabel } = declared;
		for (const language of languages) {
			const page = pagePath(node, language);
			const section = sectionOf(read(page), `### ${resourceLabel}: ${operationLabel}`);
			expect(section, `${page} has the section`).toBeDefined();
			expect(skeletonOf(page, section ?? '').images).toContain(imagePath(node, declared));
		}
		expect(existsSync(root + imagePath(node, declared))).toBe(true);
	});

	it.each(Object.keys(NODE_PAGES).filter((node) => node.endsWith('Trigger')))('%s', (node) => {
		for (const language of languages) {
			const page = pagePath(node, language);
			expect(skeletonOf(page, read(page)).images).toContain(imagePath(node));
		}
		expect(existsSync(root + imagePath(node))).toBe(true);
	});

	it('no image is there that no page shows, and all are small', () => {
		const wanted = [
			...operations.map((declared) => imagePath(declared.node, declared)),
			...Object.keys(NODE_PAGES)
				.filter((node) => node.endsWith('Trigger'))
				.map((node) => imagePath(node)),
		];
		const folder = 'docs/images/nodes';
		const present = readdirSync(root + folder, { recursive: true, encoding: 'utf8' })
			.map((name) => `${folder}/${name}`)
			.filter((path) => statSync(root + path).isFile());
		expect(present.sort()).toEqual(wanted.sort());
		const sizes = present.map((path) => statSync(root + path).size);
		expect(Math.max(...sizes)).toBeLessThanOrEqual(100 * KIB);
		expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(2500 * KIB);
	});

	function sectionOf(markdown: string, heading: string): string | undefined {
		const lines = markdown.split('\n');
		const start = lines.indexOf(heading);
		if (start < 0) return undefined;
		const length = lines.slice(start + 1).findIndex((line) => /^#{1,3} /.test(line));
		return lines.slice(start, length < 0 ? undefined : start + 1 + length).join('\n');
	}
});

describe('docs/zh-CN has what the English page has', () => {
	const folder = 'docs/zh-CN';
	const pages = readdirSync(root + folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
		name.endsWith('.md'),
	);

	it('and a page for each node', () => {
		expect(pages).toEqual(
			expect.arrayContaining([
				'README.md',
				'credentials.md',
				'callbacks.md',
				...Object.values(NODE_PAGES).map((page) => `nodes/${page}.md`),
			]),
		);
	});

	it.each(pages)('%s: headings, code, images and tables', (name) => {
		const english = name === 'README.md' ? name : `docs/${name}`;
		const chinese = `${folder}/${name}`;
		expect(skeletonOf(chinese, read(chinese))).toEqual(skeletonOf(english, read(english)));
	});
});

/** What n8n itself calls things that the pages below name. */
const N8N_NAMES = [
	'Continue',
	'Crop',
	'Edit Image',
	'Format',
	'Ignore Aspect Ratio',
	'On Error',
	'Resize',
	'Retry',
	'Retry On Fail',
	'Rotate',
	'Save',
	'Stop Workflow',
	'Waiting',
];

describe('names of the editor', () => {
	const labels = new Set(N8N_NAMES);
	const collect = (value: unknown): void => {
		if (typeof value !== 'object' || value === null) return;
		const { displayName, name, value: stored } = value as Record<string, unknown>;
		if (typeof displayName === 'string') labels.add(displayName).add(displayName.replace(/ \(.*\)$/, ''));
		if (typeof name === 'string' && stored !== undefined) labels.add(name);
		Object.values(value).forEach(collect);
	};
	for (const node of nodes.values()) collect((node as INodeType).description);
	for (const credential of credentials.values()) collect(credential.properties);

	const pages = [
		'README.md',
		...['README', 'callbacks', 'clients', 'credentials', 'pay-once', 'results', 'troubleshooting'].map(
			(name) => `docs/${name}.md`,
		),
		...['README', 'callbacks', 'credentials'].map((name) => `docs/zh-CN/${name}.md`),
		...Object.keys(NODE_PAGES).flatMap((node) => [pagePath(node, 'en'), pagePath(node, 'zh-CN')]),
	];

	it.each(pages)('in %s are those that it shows', (page) => {
		expect(namesIn(read(page)).filter((name) => !labels.has(name))).toEqual([]);
	});

	it('are found in italics', () => {
		expect(namesIn('Set *Extend To: Custom Sides*, `*not*` or **Bold**; 打开 *Simplify*。（*Wait*）')).toEqual([
			'Extend To',
			'Custom Sides',
			'Simplify',
			'Wait',
		]);
	});
});

describe('a page', () => {
	it('is told apart by its headings, code, images and tables', () => {
		const page =
			'# A\n\n```sh\n# no heading\n```\n\n## B\n\n![x](../b/c.webp)\n\n| a | b |\n| --- | --- |\n| 1 | 2 |\n';
		const skeleton = {
			headings: [1, 2],
			code: ['```sh\n# no heading\n```'],
			images: ['docs/b/c.webp'],
			fields: [],
			tables: ['4 × 3'],
		};
		expect(skeletonOf('docs/a/d.md', page)).toEqual(skeleton);
		expect(skeletonOf('docs/a/d.md', page.replace('## B', '### B'))).not.toEqual(skeleton);
		expect(skeletonOf('docs/a/d.md', page.replace('| 1 | 2 |\n', ''))).not.toEqual(skeleton);
	});
});
