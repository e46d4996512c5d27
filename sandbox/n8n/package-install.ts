import { execFile } from 'node:child_process';
import { access, mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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

/**
 * Installs a tarball where n8n's own "Install community node" puts a package:
 * `<userFolder>/.n8n/nodes/node_modules/<name>`. The package has no dependencies to install beside it.
 */
export async function installPackage(
	tarball: string,
	userFolder: string,
	name = 'n8n-nodes-kling-aliyun',
): Promise<string> {
	const target = join(userFolder, '.n8n', 'nodes', 'node_modules', name);
	await rm(target, { recursive: true, force: true });
	await mkdir(target, { recursive: true });
	await run('tar', ['-xzf', tarball, '--strip-components=1', '-C', target]);
	return target;
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
