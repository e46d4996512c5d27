import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { access, copyFile, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, cacheRoot } from './cache.ts';
import { runNpm, type Log } from './npm.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const NODE_VERSION = '24.21.0';

export interface N8nInstallation {
	/** The Node.js that n8n runs with. */
	nodeBin: string;
	/** n8n's start script, to be run with that Node.js. */
	n8nBin: string;
	dir: string;
}

/** The releases of n8n that the sandbox runs: the newest one that can be installed, and the last 1.x. */
export type N8nRelease = '2.x' | '1.x';

/** Where the manifest of each is, and a Node.js that it does not run with. */
const RELEASES: Record<N8nRelease, { manifest: string; needsNode24: boolean }> = {
	'2.x': { manifest: join(here, 'package.json'), needsNode24: true },
	'1.x': { manifest: join(here, '1.x', 'package.json'), needsNode24: false },
};

/**
 * The n8n that the sandbox runs, installed into the shared cache unless it is there already.
 * The first time takes about five minutes; after that it is a look at two files.
 */
export async function ensureN8n(log: Log = console.log, release: N8nRelease = '2.x'): Promise<N8nInstallation> {
	const { manifest: file, needsNode24 } = RELEASES[release];
	const manifest = await readFile(file, 'utf8');
	const { version, hash } = identify(manifest);
	const nodeBin =
		needsNode24 || Number(process.versions.node.split('.')[0]) > 24 ? await ensureNode(log) : process.execPath;
	const dir = await cached(
		`n8n-${version}-${hash}`,
		async (folder) => await fillN8n(folder, { manifest: file, version, nodeBin, log }),
		log,
	);
	return { nodeBin, n8nBin: join(dir, 'node_modules', 'n8n', 'bin', 'n8n'), dir };
}

const CORE_MANIFEST = join(here, 'core-1.x', 'package.json');

/** Where the shared cache has the engine of n8n 1.x (n8n-core and n8n-workflow without the server), installed or not. */
export function core1xFolder(): string {
	return join(cacheRoot(), core1xName());
}

function core1xName(): string {
	const { version, hash } = identify(readFileSync(CORE_MANIFEST, 'utf8'), 'n8n-core');
	return `n8n-core-${version}-${hash}`;
}

/** Installs the engine of n8n 1.x into `core1xFolder()` unless it is there already; the first time takes half a minute. */
export async function ensureCore1x(log: Log = console.log): Promise<void> {
	const fill = async (folder: string) => {
		await copyFile(CORE_MANIFEST, join(folder, 'package.json'));
		await npmInstall(folder, {
			what: 'Installing the engine of n8n 1.x (243 MB, once for all clones)',
			usually: 30,
			log,
		});
	};
	await cached(core1xName(), fill, log);
}

/** The version of the main dependency, and a hash of all that decides what is installed. */
function identify(manifest: string, main = 'n8n'): { version: string | undefined; hash: string } {
	const { dependencies, overrides } = JSON.parse(manifest) as {
		dependencies: Record<string, string>;
		overrides?: object;
	};
	const hash = createHash('sha256')
		.update(JSON.stringify([dependencies, overrides]))
		.digest('hex');
	return { version: dependencies[main], hash: hash.slice(0, 10) };
}

/** n8n 2.x needs Node 24, whose binaries npm packages carry, one per platform. */
async function ensureNode(log: Log): Promise<string> {
	if (process.versions.node.startsWith('24.')) return process.execPath;
	const { platform, arch } = process;
	const appleChip = platform === 'darwin' && arch === 'arm64';
	const name = `${appleChip ? 'node-bin' : 'node'}-${platform === 'win32' ? 'win' : platform}-${arch}`;
	const folder = await cached(
		`${name}-${NODE_VERSION}`,
		async (temporary) => {
			await writeFile(
				join(temporary, 'package.json'),
				JSON.stringify({ private: true, dependencies: { [name]: NODE_VERSION } }),
			);
			await npmInstall(temporary, {
				what: `Installing Node.js ${NODE_VERSION}, which n8n runs with`,
				usually: 15,
				log,
			});
		},
		log,
	);
	return join(folder, 'node_modules', name, 'bin', platform === 'win32' ? 'node.exe' : 'node');
}

async function fillN8n(
	folder: string,
	{ manifest, version, nodeBin, log }: { manifest: string; version: string | undefined; nodeBin: string; log: Log },
): Promise<void> {
	const nodeDir = dirname(nodeBin);
	await copyFile(manifest, join(folder, 'package.json'));
	await npmInstall(folder, {
		what: `Installing n8n ${version} (about 2 GB, once for all clones)`,
		usually: 180,
		log,
		nodeDir,
	});
	const headers = dirname(nodeDir);
	const bundled = await access(join(headers, 'include', 'node', 'node.h')).then(
		() => true,
		() => false,
	);
	await runNpm(['rebuild', 'sqlite3', '--ignore-scripts=false', '--foreground-scripts'], {
		cwd: folder,
		what: 'Compiling the database driver sqlite3',
		usually: 100,
		log,
		logFile: join(folder, 'rebuild.log'),
		nodeDir,
		env: bundled ? { npm_config_nodedir: headers } : {},
	}).catch((error: Error) => {
		throw new Error(`${error.message} The driver is compiled here, which needs python3, make and g++.`);
	});
}

async function npmInstall(
	cwd: string,
	run: { what: string; usually: number; log: Log; nodeDir?: string },
): Promise<void> {
	await runNpm(['install', '--legacy-peer-deps', '--ignore-scripts'], {
		cwd,
		logFile: join(cwd, 'install.log'),
		...run,
	});
}
