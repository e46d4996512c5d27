import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cleanEnv } from './npm.mjs';

const run = promisify(execFile);

/** `npm pack` of a package folder (built already) into a temporary folder; gives the tarball's path. */
export async function packPackage(packageDir: string): Promise<string> {
	await requireBuilt(packageDir);
	const folder = await mkdtemp(join(tmpdir(), 'kling-pack-'));
	const options = { cwd: packageDir, env: cleanEnv(), shell: process.platform === 'win32' };
	await run('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], options);
	const tarball = (await readdir(folder)).find((file) => file.endsWith('.tgz'));
	if (tarball === undefined) throw new Error(`npm pack gave no tarball for ${packageDir}.`);
	return join(folder, tarball);
}

/** What n8n's "Install community node" calls in the folder of a package (n8n 2.40, community-packages.service). */
const NPM_INSTALL = [
	'install',
	'--audit=false',
	'--fund=false',
	'--bin-links=false',
	'--install-strategy=shallow',
	'--ignore-scripts=true',
	'--package-lock=false',
];

/**
 * Installs a tarball as n8n's own "Install community node" does, which takes packages from a registry only: unpacked into
 * `<userFolder>/.n8n/nodes/node_modules/<name>`, without the dependencies that n8n brings, then `npm install` there. Gives
 * that folder. Throws where the package would load another n8n-workflow than n8n's.
 */
export async function installPackage(tarball: string, userFolder: string): Promise<string> {
	const packed = await run('tar', ['-xzOf', tarball, 'package/package.json']);
	const { name } = JSON.parse(packed.stdout) as { name: string };
	const target = join(userFolder, '.n8n', 'nodes', 'node_modules', name);
	await refuseSecondCopy(target);
	await rm(target, { recursive: true, force: true });
	await mkdir(target, { recursive: true });
	await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
	const file = join(target, 'package.json');
	const manifest = JSON.parse(await readFile(file, 'utf8')) as Record<string, unknown>;
	const brought = ['devDependencies', 'peerDependencies', 'optionalDependencies'];
	const kept = Object.entries(manifest).filter(([key]) => !brought.includes(key));
	await writeFile(file, JSON.stringify(Object.fromEntries(kept), null, 2));
	await run('npm', NPM_INSTALL, { cwd: target, env: cleanEnv(), shell: process.platform === 'win32' });
	return target;
}

/**
 * Node.js looks for n8n-workflow in the folders above before n8n says where its own is. Errors of another copy are foreign
 * to n8n (`instanceof`), which then rewords them and drops their facts (docs/n8n.md, Errors and the error output).
 */
async function refuseSecondCopy(target: string): Promise<void> {
	for (let folder = dirname(target); folder !== dirname(folder); folder = dirname(folder)) {
		const copy = join(folder, 'node_modules', 'n8n-workflow');
		const isThere = await access(copy).then(
			() => true,
			() => false,
		);
		if (!isThere) continue;
		throw new Error(
			`The package cannot be installed into ${target}: it would load ${copy} beside n8n's own copy. Choose a user folder for n8n outside of ${folder}.`,
		);
	}
}

/** n8n skips a package with missing files with no more than a line in its log, so look first. */
async function requireBuilt(packageDir: string): Promise<void> {
	const manifest = JSON.parse(await readFile(join(packageDir, 'package.json'), 'utf8')) as {
		n8n?: { nodes?: string[]; credentials?: string[] };
	};
	for (const file of [...(manifest.n8n?.nodes ?? []), ...(manifest.n8n?.credentials ?? [])]) {
		await access(join(packageDir, file)).catch(() => {
			throw new Error(`The package is not built: ${file} is missing; run "npm run build" first.`);
		});
	}
}
