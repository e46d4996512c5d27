/** Writes `packages/` from package.json and the built nodes, or says what has drifted (`--check`). */
import {
	existsSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	readlinkSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { dirname, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { folderOf, repository } from './manifest.ts';
import { SERVICES } from './services.ts';
import { filesOf, sourcesOf } from './sources.ts';

const at = (path: string) => fileURLToPath(new URL(path, repository));

/** What has to be in `packages/`: texts of files, and where links lead to, by their paths. */
async function wanted(): Promise<{ files: Map<string, string>; links: Map<string, string> }> {
	const files = new Map<string, string>();
	const links = new Map<string, string>();
	for (const service of SERVICES) {
		const folder = folderOf(service);
		for (const [name, text] of Object.entries(await filesOf(service))) files.set(`${folder}/${name}`, text);
		for (const source of sourcesOf(service))
			links.set(`${folder}/${source}`, relative(dirname(at(`${folder}/${source}`)), at(source)));
	}
	return { files, links };
}

/** What is not as it has to be, by its path. */
export async function drifted(): Promise<string[]> {
	const { files, links } = await wanted();
	const present = existsSync(at('packages'))
		? readdirSync(at('packages'), { recursive: true, withFileTypes: true })
		: [];
	const paths = present
		.filter((entry) => !entry.isDirectory())
		.map((entry) => relative(at('.'), `${entry.parentPath}/${entry.name}`).replaceAll('\\', '/'));
	return [...new Set([...files.keys(), ...links.keys(), ...paths])].filter((path) => {
		if (!paths.includes(path)) return true;
		// Where Git makes no links, a text with the target lies there, which n8n's scanner cannot follow.
		const isLink = lstatSync(at(path)).isSymbolicLink();
		return isLink ? readlinkSync(at(path)) !== links.get(path) : readFileSync(at(path), 'utf8') !== files.get(path);
	});
}

async function write(): Promise<void> {
	const { files, links } = await wanted();
	rmSync(at('packages'), { recursive: true, force: true });
	for (const path of [...files.keys(), ...links.keys()]) mkdirSync(dirname(at(path)), { recursive: true });
	for (const [path, text] of files) writeFileSync(at(path), text);
	for (const [path, target] of links) symlinkSync(target, at(path));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	if (!process.argv.includes('--check')) await write();
	const paths = await drifted();
	if (paths.length === 0) console.log('packages/ matches the nodes: 1 passed, 0 failed');
	for (const path of paths) console.error(`${path} has drifted from the nodes. Run: npm run packages`);
	process.exitCode = paths.length > 0 ? 1 : 0;
}
