/** Puts the whole pack and the packages of single services together, and packs them. */
import { cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { packPackage } from '../../sandbox/n8n/package-install.ts';
import { examplesOf, retype } from './examples.ts';
import { repository, whole } from './manifest.ts';
import { SERVICES, type Service } from './services.ts';
import { filesOf } from './sources.ts';

/** A package that is ready to be published. */
export interface Packed {
	name: string;
	/** Its files, as they are in the tarball. */
	folder: string;
	tarball: string;
}

const at = (path: string) => fileURLToPath(new URL(path, repository));

/** Where `npm run pack:all` puts the packages. */
export const PACKED = at('build/packages');

/** Chinese characters and punctuation. n8n verifies packages in English only, so those of one service hold none. */
export const CHINESE = /[\p{Script=Han}\u3000-\u303f\uff00-\uffef]/u;

/** Makes all packages from `dist/` in a folder, which is emptied before. */
export async function packAll(destination: string): Promise<Packed[]> {
	rmSync(destination, { recursive: true, force: true });
	const packed = [await pack(whole.name, destination, copyWhole)];
	for (const service of SERVICES)
		packed.push(await pack(service.name, destination, async (folder) => await copySingle(service, folder)));
	return packed;
}

async function pack(
	name: string,
	destination: string,
	fill: (folder: string) => void | Promise<void>,
): Promise<Packed> {
	const folder = join(destination, name);
	mkdirSync(folder, { recursive: true });
	cpSync(at('LICENSE'), join(folder, 'LICENSE'));
	await fill(folder);
	const made = await packPackage(folder);
	const tarball = join(destination, basename(made));
	cpSync(made, tarball);
	rmSync(dirname(made), { recursive: true });
	return { name, folder, tarball };
}

function copyWhole(folder: string): void {
	for (const path of ['package.json', 'README.md', 'dist']) cpSync(at(path), join(folder, path), { recursive: true });
}

/** The same files as in the whole pack, but those of the other services. */
async function copySingle(service: Service, folder: string): Promise<void> {
	const { name, credential, icon } = service;
	const { 'package.json': manifest, 'README.md': readme } = await filesOf(service);
	writeFileSync(join(folder, 'package.json'), manifest!);
	writeFileSync(join(folder, 'README.md'), readme!);
	const parts = [
		`dist/nodes/${service.folder}`,
		'dist/nodes/tasks',
		`dist/credentials/${credential}.credentials.js`,
		`dist/icons/${icon}.svg`,
		`dist/icons/${icon}.dark.svg`,
	];
	for (const part of parts) cpSync(at(part), join(folder, part), { recursive: true });
	for (const file of readdirSync(join(folder, 'dist', 'nodes', service.folder)))
		if (file.endsWith('.node.json')) adaptCodex(join(folder, 'dist', 'nodes', service.folder, file), name);
	mkdirSync(join(folder, 'dist', 'examples'));
	for (const { key, workflow } of await examplesOf(service))
		writeJson(join(folder, 'dist', 'examples', `${key}.json`), workflow);
}

function adaptCodex(file: string, name: string): void {
	const codex = JSON.parse(readFileSync(file, 'utf8')) as { node: string; alias: string[] };
	writeJson(file, {
		...codex,
		node: retype(codex.node, name),
		alias: codex.alias.filter((word) => !CHINESE.test(word)),
	});
}

function writeJson(file: string, value: unknown): void {
	writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`);
}
