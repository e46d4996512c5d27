/** The packages of single services: what n8n wants of a package that it verifies, and nothing of the other services. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ICredentialType, INodeType } from 'n8n-workflow';
import { afterAll, describe, expect, it } from 'vitest';

import { CHINESE, packAll } from '../../../scripts/packages/pack';
import { SERVICES } from '../../../scripts/packages/services';
import { drifted } from '../../../scripts/packages/write';
import { readExamples } from '../../../sandbox/start/examples';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const WHOLE = 'n8n-nodes-kling-aliyun';
const wholeManifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Manifest;

interface Manifest {
	name: string;
	version: string;
	n8n: { nodes: string[]; credentials: string[] };
}

const work = mkdtempSync(join(tmpdir(), 'kling-packages-'));
afterAll(() => rmSync(work, { recursive: true, force: true }));
const packed = await packAll(join(work, 'packed'));
const examples = await readExamples();

/** What a user gets: the tarball, unpacked where n8n-workflow is found. */
const folders = Object.fromEntries(
	packed.map(({ name, tarball }) => {
		const folder = join(work, 'node_modules', name);
		mkdirSync(folder, { recursive: true });
		execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder]);
		return [name, folder];
	}),
);
symlinkSync(join(root, 'node_modules', 'n8n-workflow'), join(work, 'node_modules', 'n8n-workflow'));

const filesIn = (folder: string) =>
	readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.filter((path) => statSync(join(folder, path)).isFile())
		.map((path) => path.replaceAll('\\', '/'));

const NODES = {
	Kling: ['Kling', 'KlingCallbackTrigger', 'KlingTrigger'],
	AliyunPortrait: ['AliyunPortrait', 'AliyunPortraitTrigger'],
	PsTask: ['PsTask'],
} as Record<string, string[]>;

it('the whole pack and one package for each service are packed, each under its own name', () => {
	expect(packed.map(({ name }) => name)).toEqual([
		WHOLE,
		'n8n-nodes-kling-images',
		'n8n-nodes-aliyun-portrait',
		'n8n-nodes-ps-task-edit',
	]);
	for (const { name, tarball } of packed)
		expect(tarball).toBe(join(work, 'packed', `${name}-${wholeManifest.version}.tgz`));
});

it('the whole pack is what npm pack makes of the repository', () => {
	const output = execFileSync('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], {
		cwd: root,
		encoding: 'utf8',
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	const [{ files }] = JSON.parse(output) as [{ files: Array<{ path: string }> }];
	expect(filesIn(folders[WHOLE]!).sort()).toEqual(files.map(({ path }) => path).sort());
});

it('every example of one service is in the package of that service', () => {
	const single = examples.filter(({ workflow }) => {
		const own = workflow.nodes.filter(({ type }) => type.startsWith(`${WHOLE}.`));
		return SERVICES.some(({ folder }) =>
			own.every(({ type }) => type.toLowerCase().includes(`.${folder.toLowerCase()}`)),
		);
	});
	const given = SERVICES.flatMap(({ name }) => readdirSync(join(folders[name]!, 'dist', 'examples')));
	expect(given.sort()).toEqual(single.map(({ key }) => `${key}.json`).sort());
	expect(single.length).toBeGreaterThan(25);
});

describe('packages/, where n8n looks for the sources of a release', () => {
	it('is as npm run packages writes it', async () => {
		expect(await drifted()).toEqual([]);
	});

	it.each(SERVICES)('has the sources of $name by links, beside the ESLint configuration of n8n', (service) => {
		const folder = join(root, 'packages', service.name);
		for (const node of NODES[service.folder]!)
			expect(readFileSync(join(folder, 'nodes', service.folder, `${node}.node.ts`), 'utf8')).toContain(
				`class ${node} `,
			);
		expect(readFileSync(join(folder, 'credentials', `${service.credential}.credentials.ts`), 'utf8')).toContain(
			`class ${service.credential} `,
		);
		expect(existsSync(join(folder, 'nodes', 'tasks', 'index.ts'))).toBe(true);
		const config = readFileSync(join(folder, 'eslint.config.mjs'), 'utf8').replace(/\s+/g, ' ').trim();
		expect(config).toBe("import { config } from '@n8n/node-cli/eslint'; export default config;");
	});
});

describe.each(SERVICES)('$name', (service) => {
	const { name, folder: own, credential, icon } = service;
	const folder = folders[name]!;
	const read = (path: string) => readFileSync(join(folder, path), 'utf8');
	const json = (path: string) => JSON.parse(read(path)) as Record<string, unknown>;
	const files = filesIn(folder);
	const codexFiles = NODES[own]!.map((node) => `dist/nodes/${own}/${node}.node.json`);
	const exampleFiles = files.filter((path) => path.startsWith('dist/examples/'));
	const load = <T>(path: string) => {
		const [Type] = Object.values(
			createRequire(join(folder, 'package.json'))(`./${path}`) as Record<string, new () => T>,
		);
		return new Type!();
	};
	const { n8n } = json('package.json') as unknown as Manifest;
	const nodes = n8n.nodes.map((path) => ({ path, node: load<INodeType>(path) }));
	const credentials = n8n.credentials.map((path) => ({ path, type: load<ICredentialType>(path) }));

	it('has a package.json as n8n verifies it: strict, one service, nothing needed at run time', () => {
		const manifest = json('package.json');
		expect(manifest).toMatchObject({
			name,
			version: wholeManifest.version,
			license: 'MIT',
			files: ['dist'],
			engines: { node: '>=20.19' },
			peerDependencies: { 'n8n-workflow': '*' },
			repository: { type: 'git', directory: `packages/${name}` },
			n8n: {
				n8nNodesApiVersion: 1,
				strict: true,
				credentials: [`dist/credentials/${credential}.credentials.js`],
				nodes: NODES[own]!.map((node) => `dist/nodes/${own}/${node}.node.js`),
			},
		});
		expect(manifest.keywords).toContain('n8n-community-node-package');
		for (const key of ['dependencies', 'optionalDependencies', 'bundledDependencies', 'overrides', 'scripts'])
			expect(manifest).not.toHaveProperty(key);
	});

	it('holds its nodes, credential, icons, schemas and examples, and nothing else', () => {
		const wholeFiles = filesIn(folders[WHOLE]!);
		const schemas = wholeFiles.filter((path) => path.startsWith(`dist/nodes/${own}/__schema__/`));
		expect(schemas.length).toBeGreaterThan(0);
		expect(files.filter((path) => !path.startsWith('dist/examples/')).sort()).toEqual(
			[
				'LICENSE',
				'README.md',
				'package.json',
				`dist/credentials/${credential}.credentials.js`,
				`dist/icons/${icon}.svg`,
				`dist/icons/${icon}.dark.svg`,
				'dist/nodes/tasks/tasks.shared.js',
				'dist/nodes/tasks/util/clock.js',
				`dist/nodes/${own}/${own}.shared.js`,
				...NODES[own]!.flatMap((node) => [`dist/nodes/${own}/${node}.node.js`, `dist/nodes/${own}/${node}.node.json`]),
				...schemas,
			].sort(),
		);
	});

	it('runs the very code of the whole pack, which the tests try', () => {
		const code = files.filter((path) => path.endsWith('.js'));
		for (const path of code) expect(read(path) === readFileSync(join(folders[WHOLE]!, path), 'utf8'), path).toBe(true);
		for (const path of code)
			for (const [, needed] of read(path).matchAll(/require\('(\.[^']+)'\)/g))
				expect(existsSync(join(folder, dirname(path), needed!)), `${path} needs ${needed}`).toBe(true);
	});

	it('says nothing of the other services', () => {
		// The name of the repository is also that of the whole pack.
		const texts = files.map((path) => ({ path, text: read(path).replaceAll(WHOLE, '') }));
		expect(texts.filter(({ text }) => service.marks.test(text)).length, 'its own marks').toBeGreaterThan(5);
		for (const { name: other, marks } of SERVICES.filter((one) => one !== service))
			expect(
				texts.filter(({ text }) => marks.test(text)).map(({ path }) => path),
				other,
			).toEqual([]);
	});

	it('is in English: no Chinese in descriptions, labels, placeholders, codex, README and package.json', () => {
		const texts = [
			...['package.json', 'README.md', ...codexFiles].map((path) => ({ path, text: read(path) })),
			...nodes.map(({ path, node }) => ({ path, text: JSON.stringify(node.description) })),
			...credentials.map(({ path, type }) => ({ path, text: JSON.stringify(type) })),
		];
		for (const { path, text } of texts) expect(CHINESE.exec(text)?.[0], path).toBeUndefined();
		// Styles have no other names at the service.
		const inExamples = exampleFiles.flatMap((path) =>
			read(path)
				.split('\n')
				.filter((line) => CHINESE.test(line)),
		);
		for (const line of inExamples) expect(line).toMatch(/^ *"(cachedResultName|option)": "[^"]{1,12}",?$/);
	});

	it('has a README that names the package, both ways to install, and one page for everything else', () => {
		const readme = read('README.md');
		expect(readme).toContain(`# ${name}\n`);
		expect(readme).toContain(`package name \`${name}\``);
		expect(readme).toContain(`the whole pack \`${WHOLE}\``);
		expect(readme.match(/\/tree\/main\/docs#readme/g)).toHaveLength(1);
		for (const { node } of nodes) expect(readme).toContain(`| ${node.description.displayName} |`);
		for (const { type } of credentials) expect(readme).toContain(`**${type.displayName}**`);
		expect(Buffer.byteLength(readme)).toBeLessThan(6000);
	});

	it('names its own node types in codex and examples', () => {
		const types = nodes.map(({ node }) => `${name}.${node.description.name}`);
		expect(codexFiles.map((path) => json(path).node).sort()).toEqual([...types].sort());
		expect(exampleFiles.length).toBeGreaterThan(1);
		for (const path of exampleFiles) {
			expect(read(path)).not.toContain(`${WHOLE}.`);
			const used = (json(path).nodes as Array<{ type: string }>)
				.map(({ type }) => type)
				.filter((type) => type.startsWith(`${name}.`));
			expect(used.length, path).toBeGreaterThan(0);
			expect([...types, ...types.map((type) => `${type}Tool`)]).toEqual(expect.arrayContaining(used));
		}
	});

	it('is loaded with its icons, and its credential is of the same name as in the whole pack and has a test', () => {
		const icons = (icon: unknown) => Object.values(icon as Record<string, string>);
		for (const { path, node } of nodes)
			for (const file of icons(node.description.icon))
				expect(existsSync(join(folder, dirname(path), file.replace(/^file:/, ''))), file).toBe(true);
		for (const { path, type } of credentials) {
			for (const file of icons(type.icon))
				expect(existsSync(join(folder, dirname(path), file.replace(/^file:/, ''))), file).toBe(true);
			expect(type.name).toBe(`${credential.charAt(0).toLowerCase()}${credential.slice(1)}`);
			expect(type.test?.request.url).toMatch(/^\//);
			expect(type.authenticate).toBeTypeOf('function');
		}
		const wanted = nodes.flatMap(({ node }) => (node.description.credentials ?? []).map(({ name: type }) => type));
		expect([...new Set(wanted)]).toEqual(credentials.map(({ type }) => type.name));
	});
});
