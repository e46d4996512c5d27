/**
 * `npm run check:package`: packs all packages and lints each as n8n's scanner does: its sources in the repository, and the
 * code of its tarball. Those of one service are also linted by the rules of `n8n-node lint`.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { analyzePackage, SOURCE_FILE_PATTERNS } from '@n8n/scan-community-package/scanner/scanner.mjs';
import { ESLint } from 'eslint';

import nodeLint from './nodeLint.config.mjs';
import { folderOf, repository } from './manifest.ts';
import { packAll, PACKED } from './pack.ts';
import { SERVICES, type Service } from './services.ts';
import { sourcesOf } from './sources.ts';

/** What the scanner lints of a tarball. */
const TARBALL_PATTERNS = ['**/*.js', 'package.json'];

/** What is wrong, or nothing. */
type Check = () => Promise<string | undefined>;

const scan =
	(folder: string, patterns: string[]): Check =>
	async () => {
		const { passed, message, details } = await analyzePackage(folder, patterns);
		if (message === 'No files found to analyze') return message;
		return passed ? undefined : (details ?? message ?? 'The scanner gave no reason.');
	};

const lint =
	(service: Service, folder: string): Check =>
	async () => {
		const eslint = new ESLint({ cwd: folder, overrideConfigFile: true, overrideConfig: nodeLint });
		// ESLint itself follows no links.
		const files = sourcesOf(service).flatMap((source) => filesIn(join(folder, source)));
		const results = await eslint.lintFiles([
			...files.filter((file) => file.endsWith('.ts')),
			join(folder, 'package.json'),
		]);
		const faulty = results.some(({ errorCount, warningCount }) => errorCount + warningCount > 0);
		return faulty ? await (await eslint.loadFormatter('stylish')).format(results) : undefined;
	};

function filesIn(path: string): string[] {
	if (!statSync(path).isDirectory()) return [path];
	return readdirSync(path, { recursive: true, encoding: 'utf8' }).map((name) => join(path, name));
}

const problems: Array<string | undefined> = [];
const unpacked = mkdtempSync(join(tmpdir(), 'kling-check-'));
try {
	for (const { name, tarball } of await packAll(PACKED)) {
		const folder = join(unpacked, name);
		mkdirSync(folder);
		execFileSync('tar', ['-xzf', tarball, '--strip-components=1', '-C', folder]);
		const service = SERVICES.find((one) => one.name === name);
		const sources = fileURLToPath(service ? new URL(folderOf(service), repository) : repository);
		await run(name, {
			sources: scan(sources, SOURCE_FILE_PATTERNS),
			tarball: scan(folder, TARBALL_PATTERNS),
			...(service ? { 'n8n-node lint': lint(service, sources) } : {}),
		});
	}
} finally {
	rmSync(unpacked, { recursive: true, force: true });
}
const failed = problems.filter((problem) => problem !== undefined).length;
console.log(`${problems.length - failed} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;

async function run(name: string, checks: Record<string, Check>): Promise<void> {
	for (const [what, check] of Object.entries(checks)) {
		const problem = await check();
		problems.push(problem);
		console.log(`${problem === undefined ? 'passed' : 'FAILED'} ${name}: ${what}`);
		if (problem !== undefined) console.error(problem);
	}
}
