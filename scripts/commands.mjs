// What the npm commands run. The part of setup.mjs that may use a current Node.
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runNpm } from '../sandbox/n8n/npm.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const at = (...path) => join(root, ...path);
const log = (line) => console.log(line);

const tsx = (file) => ['--import', 'tsx', file];
const vitest = (...projects) => [
	join('node_modules', 'vitest', 'vitest.mjs'),
	'run',
	'--config',
	'test/vitest.config.ts',
	...projects.flatMap((project) => ['--project', project]),
];

/** What each command runs, one after the other; further arguments go to the last. */
const commands = {
	start: [tsx('sandbox/start/main.ts')],
	test: [vitest('unit', 'engine')],
	'test:engine:1x': [vitest('engine-1x')],
	'test:chaos': [vitest('chaos')],
	chaos: [vitest('chaos')],
	'test:hostile': [vitest('hostile')],
	hostile: [vitest('hostile')],
	'test:e2e': [[...tsx('sandbox/n8n/ensure.ts'), '2.x'], vitest('e2e')],
	'test:e2e:1x': [[...tsx('sandbox/n8n/ensure.ts'), '1.x'], vitest('e2e-1x')],
	'test:queue': [[...tsx('sandbox/n8n/ensure.ts'), '2.x'], vitest('queue')],
	soak: [[...tsx('sandbox/n8n/ensure.ts'), '2.x'], vitest('soak')],
	pictures: [[...tsx('sandbox/n8n/ensure.ts'), '2.x'], tsx('scripts/pictures.ts'), tsx('scripts/example-images.ts')],
	'pack:all': [tsx('scripts/packages/all.ts')],
	'check:package': [tsx('scripts/packages/check.ts')],
	bench: [[...tsx('sandbox/n8n/ensure.ts'), '2.x'], tsx('bench/run.ts')],
};

export async function main(command, args) {
	const steps = commands[command];
	if (steps === undefined) throw new Error(`setup.mjs knows ${Object.keys(commands).join(', ')}, not "${command}".`);
	const further = command === 'soak' ? soakSettings(args) : args;
	endWithChildren();
	await installDependencies();
	await build();
	for (const [index, step] of steps.entries()) {
		const code = await runNode(index === steps.length - 1 ? [...step, ...further] : step);
		if (code !== 0) process.exit(code);
	}
}

/** `--minutes` and `--seed` become variables: vitest takes no options of others. */
function soakSettings(args) {
	const { values } = parseArgs({ args, options: { minutes: { type: 'string' }, seed: { type: 'string' } } });
	for (const [name, value] of Object.entries(values)) process.env[`SOAK_${name.toUpperCase()}`] = value;
	return [];
}

/** Also after a `git pull` that changed package-lock.json. */
async function installDependencies() {
	const stamp = at('node_modules', '.sandbox-installed');
	const lock = existsSync(at('package-lock.json')) ? at('package-lock.json') : at('package.json');
	const wanted = createHash('sha256').update(readFileSync(lock)).digest('hex');
	const installed = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
	if (installed || timeOf(at('node_modules', '.package-lock.json')) > timeOf(lock)) return;
	await npm(
		[lock.endsWith('package-lock.json') ? 'ci' : 'install'],
		'Installing the development packages (515 MB)',
		90,
	);
	writeFileSync(stamp, wanted);
}

async function build() {
	const sources = ['nodes', 'credentials', 'icons', 'package.json', 'tsconfig.json', 'gulpfile.js'];
	if (newest(sources.map((name) => at(name))) <= newest([at('dist')])) return;
	rmSync(at('dist'), { recursive: true, force: true }); // what a deleted source left there
	await npm(['run', 'build'], 'Building the package', 10);
}

async function npm(args, what, usually) {
	await runNpm(args, { cwd: root, what, usually, log, logFile: at('setup.log') });
}

function newest(paths) {
	return Math.max(0, ...paths.flatMap((path) => [...files(path)]).map(timeOf));
}

function* files(path) {
	if (!existsSync(path)) return;
	if (!statSync(path).isDirectory()) yield path;
	else for (const entry of readdirSync(path)) yield* files(join(path, entry));
}

function timeOf(file) {
	return existsSync(file) ? statSync(file).mtimeMs : 0;
}

let child;

async function runNode(args) {
	child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' });
	const [code, signal] = await new Promise((resolve, reject) => {
		child.on('error', reject);
		child.on('exit', (...ended) => resolve(ended));
	});
	child = undefined;
	return signal === null ? code : 128 + (constants.signals[signal] ?? 0);
}

/**
 * A signal is the child's to handle, and this process ends with it. A terminal sends Ctrl-C to the
 * child too; without one it is passed on. npm passes no signal on, it just leaves: that counts as one.
 */
function endWithChildren() {
	const parent = process.ppid;
	const watch = () => process.ppid !== parent && process.emit('SIGTERM');
	if (process.env.npm_lifecycle_event !== undefined) setInterval(watch, 1_000).unref();
	for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
		process.on(signal, () => {
			if (child === undefined) process.exit(130);
			else if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
		});
	}
}
