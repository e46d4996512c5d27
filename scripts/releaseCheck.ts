/** `npm run release:check`: says what this commit lacks to be released, and exits with 1 if it is anything. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { missingIn } from './releaseRules.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const read = (path: string) => readFileSync(root + path, 'utf8');
const json = <T>(path: string) => JSON.parse(read(path)) as T;
const lines = (text: string) => text.split('\n').filter((line) => line !== '');

/** What a command prints; undefined when it fails, after its own words. */
function run(command: string, ...args: string[]): string | undefined {
	try {
		return execFileSync(command, args, { cwd: root, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] });
	} catch (error) {
		process.stderr.write(String((error as { stdout?: string }).stdout ?? ''));
		return undefined;
	}
}

const git = (...args: string[]) => lines(run('git', ...args) ?? '');

/** Code and documents; tests make up what they like. */
const READ = ['nodes', 'credentials', 'docs', 'examples', 'sandbox', 'scripts', '.github', '*.md', 'package.json'];
/** The rules name what they look for. */
const RULES = 'scripts/releaseRules.ts';

const files = git('ls-files', '--', ...READ).filter(
	(path) => /\.(ts|mjs|js|json|md|yml)$/.test(path) && path !== RULES,
);
const packed = run('npm', 'pack', '--dry-run', '--json', '--ignore-scripts', '--silent');
const [pack] =
	packed === undefined ? [] : (JSON.parse(packed) as Array<{ size: number; files: Array<{ path: string }> }>);
const n8nIn = (path: string) => json<{ dependencies: { n8n: string } }>(path).dependencies.n8n;
const { version } = json<{ version: string }>('package.json');

const missing = missingIn({
	version,
	lockVersion: json<{ version: string }>('package-lock.json').version,
	changelog: read('CHANGELOG.md'),
	readmes: Object.fromEntries(['README.md', 'docs/zh-CN/README.md'].map((path) => [path, read(path)])),
	n8nVersions: ['sandbox/n8n/package.json', 'sandbox/n8n/1.x/package.json'].map(n8nIn),
	tags: git('tag', '--points-at', 'HEAD'),
	changes: git('status', '--porcelain').map((line) => line.slice(3)),
	files: Object.fromEntries(files.map((path) => [path, read(path)])),
	linted: run('npm', 'run', '--silent', 'lint') !== undefined,
	packagesMatch: run('npm', 'run', '--silent', 'packages', '--', '--check') !== undefined,
	packed: pack && { size: pack.size, files: pack.files.map(({ path }) => path) },
	today: new Date().toISOString().slice(0, 10),
});

for (const problem of missing) console.error(`- ${problem}`);
if (missing.length === 0) console.log(`${version} can be released.`);
else {
	console.error(`${version} cannot be released yet.`);
	process.exitCode = 1;
}
