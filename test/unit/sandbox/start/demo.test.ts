/** What `npm start` does before and beside n8n: where it puts things, and what it tells. */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import { installPackage } from '../../../../sandbox/n8n/package-install';
import { readExamples, START_HERE, startsOf, withSimulatorNote } from '../../../../sandbox/start/examples';
import { demoFolder } from '../../../../sandbox/start/place';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', '..');
const isWithin = (folder: string, place: string) => !relative(folder, place).startsWith('..');

describe('the folder of the demo', () => {
	it('lies outside of the clone, in the cache that n8n is in too', () => {
		vi.stubEnv('XDG_CACHE_HOME', '/home/me/.cache');
		const folder = demoFolder(root);
		expect(isWithin(root, folder)).toBe(false);
		expect(isWithin('/home/me/.cache/n8n-nodes-kling-aliyun', folder)).toBe(true);
	});

	it('is the same at every start, and another one for every clone, also of the same name', () => {
		const clones = ['/home/me/work/nodes', '/home/me/other/nodes', '/home/you/work/nodes'];
		expect(new Set([...clones, ...clones].map(demoFolder)).size).toBe(clones.length);
	});
});

describe('the package in a user folder', () => {
	let folder: string;
	let tarball: string;

	beforeAll(async () => {
		folder = await mkdtemp(join(tmpdir(), 'kling-install-'));
		const manifest = { name: 'n8n-nodes-small', version: '1.2.3', peerDependencies: { 'n8n-workflow': '*' } };
		await mkdir(join(folder, 'package'));
		await writeFile(join(folder, 'package', 'package.json'), JSON.stringify(manifest));
		await writeFile(join(folder, 'package', 'index.js'), '');
		tarball = join(folder, 'small.tgz');
		await promisify(execFile)('tar', ['-czf', tarball, '-C', folder, 'package']);
	});

	afterAll(async () => {
		await rm(folder, { recursive: true, force: true });
	});

	it('is where n8n looks for it, without the copy of n8n-workflow that npm would bring as a peer', async () => {
		const target = await installPackage(tarball, join(folder, 'user'));
		expect(relative(folder, target)).toBe(join('user', '.n8n', 'nodes', 'node_modules', 'n8n-nodes-small'));
		const manifest = JSON.parse(await readFile(join(target, 'package.json'), 'utf8')) as object;
		expect(manifest).toEqual({ name: 'n8n-nodes-small', version: '1.2.3' });
		await expect(readFile(join(target, 'index.js'), 'utf8')).resolves.toBe('');
		await expect(readFile(join(target, 'node_modules', 'n8n-workflow', 'package.json'))).rejects.toThrow('ENOENT');
	});

	it('leaves nothing of an older version', async () => {
		const user = join(folder, 'again');
		const target = await installPackage(tarball, user);
		await writeFile(join(target, 'old.js'), '');
		await installPackage(tarball, user);
		await expect(readFile(join(target, 'old.js'))).rejects.toThrow('ENOENT');
	});

	it('is refused inside of a clone, whose n8n-workflow it would load beside that of n8n', async () => {
		const clone = join(folder, 'clone');
		await mkdir(join(clone, 'node_modules', 'n8n-workflow'), { recursive: true });
		const installed = installPackage(tarball, join(clone, 'deep', 'user'));
		await expect(installed).rejects.toThrow(`Choose a user folder for n8n outside of ${clone}.`);
		await expect(readFile(join(clone, 'deep', 'user'))).rejects.toThrow('ENOENT');
	});
});

describe('the example to start with', () => {
	it('is there, and starts by hand', async () => {
		const first = (await readExamples()).find(({ key }) => key === START_HERE);
		expect(first && startsOf(first).byHand[0]?.type).toBe('n8n-nodes-base.manualTrigger');
	});
});

describe('the note about the simulator', () => {
	it('stands above every example, covers none of it, and says that images are collages', async () => {
		for (const example of await readExamples()) {
			const { workflow } = withSimulatorNote(example);
			const [note, ...others] = workflow.nodes;
			expect(others).toEqual(example.workflow.nodes);
			expect(note?.parameters.content).toMatch(/simulator.*collages.*Nothing is billed/i);
			const bottom = (note?.position[1] ?? 0) + Number(note?.parameters.height);
			expect(bottom).toBeLessThan(Math.min(...others.map(({ position: [, y] }) => y)));
			expect(new Set(workflow.nodes.map(({ name }) => name)).size).toBe(workflow.nodes.length);
			expect(new Set(workflow.nodes.map(({ id }) => id)).size).toBe(workflow.nodes.length);
		}
	});
});
