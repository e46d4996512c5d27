/** What GitHub does for this repository: workflows that run known code with least rights, and forms that ask enough. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { parseDocument } from 'yaml';

import { SERVICES } from '../../../scripts/packages/services.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string) => readFileSync(join(root, path), 'utf8');
const { name: whole, scripts } = JSON.parse(read('package.json')) as { name: string; scripts: Record<string, string> };

const files = readdirSync(join(root, '.github'), { recursive: true, encoding: 'utf8' })
	.map((name) => join('.github', name))
	.filter((path) => /\.ya?ml$/.test(path));

/** The value of a YAML file; its first mistake is thrown. */
function parse<T>(path: string): T {
	const document = parseDocument(read(path), { uniqueKeys: true, strict: true });
	const [problem] = [...document.errors, ...document.warnings];
	if (problem) throw problem;
	return document.toJS() as T;
}

it.each(files)('%s is YAML', (path) => {
	expect(parse(path)).toBeTypeOf('object');
});

interface Job {
	uses?: string;
	needs?: string | string[];
	permissions?: Record<string, string>;
	env?: Record<string, string>;
	'timeout-minutes'?: number;
	strategy?: { 'fail-fast'?: boolean; matrix: Record<string, string[]> };
	steps?: Array<{ uses?: string; run?: string; with?: Record<string, unknown>; env?: Record<string, string> }>;
}
interface Workflow {
	on: Record<string, { tags?: string[] } | null>;
	permissions?: Record<string, string>;
	jobs: Record<string, Job>;
}

const workflows = files.filter((path) => path.startsWith('.github/workflows/'));

/** Who may have more than reading the code. */
const MORE: Record<string, Record<string, string>> = {
	'.github/workflows/publish.yml publish': { contents: 'read', 'id-token': 'write' },
};

describe.each(workflows)('%s', (path) => {
	const text = read(path);
	const { on, permissions, jobs } = parse<Workflow>(path);
	const all = Object.entries(jobs);
	const steps = all.flatMap(([, job]) => job.steps ?? []);

	it('reads the code and no more, but for a job that publishes', () => {
		expect(permissions).toEqual({ contents: 'read' });
		const more = all.flatMap(([name, job]) => (job.permissions ? [[`${path} ${name}`, job.permissions]] : []));
		expect(Object.fromEntries(more)).toEqual(
			Object.fromEntries(Object.entries(MORE).filter(([key]) => key.startsWith(path))),
		);
	});

	it('runs actions at a commit, with its version beside it, or what lies in this repository', () => {
		const used = [...text.matchAll(/^\s*(?:- )?uses: (.*)$/gm)].map(([, what = '']) => what);
		const mentioned = [...all.map(([, job]) => job), ...steps].filter(({ uses }) => uses !== undefined);
		expect(used).toHaveLength(mentioned.length);
		for (const what of used) {
			if (what.startsWith('./')) expect(existsSync(join(root, what)), what).toBe(true);
			else expect(what).toMatch(/^[\w-]+\/[\w.-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
		}
	});

	it('leaves no credential of Git behind for the code that it runs', () => {
		const checkouts = steps.filter(({ uses }) => uses?.startsWith('actions/checkout@'));
		for (const step of checkouts) expect(step.with).toMatchObject({ 'persist-credentials': false });
	});

	it('has no secret, and puts no value of an event into a command', () => {
		expect(text).not.toMatch(/secrets\./);
		expect(Object.keys(on)).not.toContain('pull_request_target');
		for (const { run } of steps) expect(run ?? '').not.toContain('${{');
	});

	it('calls npm scripts that there are', () => {
		const commands = steps.flatMap(({ run }) => run?.split('\n') ?? []);
		const called = commands.flatMap((command) => {
			const [, script] = /\bnpm (?:run )?([\w:-]+)/.exec(command) ?? [];
			return script === undefined || ['ci', 'pack', 'publish'].includes(script) ? [] : [script];
		});
		expect(called.length).toBeGreaterThan(0);
		expect(called.filter((script) => !(script in scripts))).toEqual([]);
	});

	it('ends by itself', () => {
		for (const [name, job] of all) if (job.steps) expect(job['timeout-minutes'], name).toBeLessThanOrEqual(60);
	});
});

it('an action has one commit in all workflows', () => {
	const pins = workflows.flatMap((path) => [...read(path).matchAll(/uses: ([^.@\s]+)@(\S+)/g)]);
	const commits = new Map<string, Set<string>>();
	for (const [, action = '', commit = ''] of pins) commits.set(action, (commits.get(action) ?? new Set()).add(commit));
	expect([...commits].filter(([, found]) => found.size > 1)).toEqual([]);
	expect(commits.size).toBeGreaterThan(0);
});

describe('a release', () => {
	const { on, jobs } = parse<Workflow>('.github/workflows/publish.yml');
	const { publish } = jobs;
	const commands = publish?.steps?.map(({ run }) => run) ?? [];

	it('begins with the tag of a version, and with nothing else', () => {
		expect(on).toEqual({ push: { tags: ['v*'] } });
	});

	it('is published after all checks, the one of the release last, with its provenance', () => {
		expect(publish?.needs).toBe('checks');
		expect(jobs.checks?.uses).toBe('./.github/workflows/ci.yml');
		expect(commands.slice(-2)).toEqual([
			'npm run release:check',
			'npm publish "./build/packages/$PACKAGE" --provenance --access public',
		]);
	});

	it('is one of the whole pack and of the package of each service, each published by itself', () => {
		expect(publish?.steps?.at(-1)?.env).toEqual({ PACKAGE: '${{ matrix.package }}' });
		expect(publish?.strategy?.matrix).toEqual({ package: [whole, ...SERVICES.map(({ name }) => name)] });
		expect(publish?.strategy?.['fail-fast']).toBe(false);
		expect(commands).toContain('npm run pack:all');
	});
});

describe('CI', () => {
	const { on, jobs } = parse<Workflow>('.github/workflows/ci.yml');
	const commands = (job: string) => jobs[job]?.steps?.flatMap(({ run }) => run ?? []) ?? [];
	const node = (job: string) => jobs[job]?.steps?.find(({ with: given }) => given?.['node-version'])?.with;

	it('runs for each pull request, and for what is merged', () => {
		expect(on).toMatchObject({ push: { branches: ['main'] }, pull_request: null });
	});

	it('checks everything that is written by a command, and packs', () => {
		const checks = commands('checks');
		const written = ['coverage', 'prices', 'errors', 'fields', 'packages'];
		const tables = written.map((script) => `npm run ${script} -- --check`);
		expect(checks).toEqual(
			expect.arrayContaining(['npm run lint', 'npm run typecheck', ...tables, 'npm run check:package']),
		);
	});

	it('tests both lines of n8n, each with its Node.js', () => {
		expect([node('n8n-2'), commands('n8n-2')]).toMatchObject([{ 'node-version': 24 }, ['npm test']]);
		expect([node('n8n-1'), commands('n8n-1')]).toMatchObject([
			{ 'node-version': 20 },
			['npm test', 'npm run test:engine:1x'],
		]);
	});

	it('runs the package in a real n8n of both lines, in the browser that GitHub has', () => {
		expect([node('server-2'), commands('server-2')]).toMatchObject([{ 'node-version': 24 }, ['npm run test:e2e']]);
		expect([node('server-1'), commands('server-1')]).toMatchObject([{ 'node-version': 20 }, ['npm run test:e2e:1x']]);
		for (const job of ['server-2', 'server-1'])
			expect(jobs[job]?.env).toEqual({ CHROMIUM_PATH: '/usr/bin/google-chrome' });
	});
});

describe('the form for a bug', () => {
	interface Field {
		type: string;
		id?: string;
		attributes: { label?: string; options?: string[] };
		validations?: { required: boolean };
	}
	const { body } = parse<{ body: Field[] }>('.github/ISSUE_TEMPLATE/bug.yml');

	it('cannot be sent without the versions, the way n8n runs, and what happens', () => {
		const required = body.filter(({ validations }) => validations?.required).map(({ id }) => id);
		expect(required).toEqual(expect.arrayContaining(['package-version', 'n8n-version', 'hosting', 'node', 'what']));
	});

	it('asks for the operation and the error data', () => {
		expect(body.map(({ id }) => id)).toEqual(expect.arrayContaining(['operation', 'error']));
	});

	it('names every node as the editor does', () => {
		const { n8n } = JSON.parse(read('package.json')) as { n8n: { nodes: string[] } };
		const labels = n8n.nodes.map((path) => {
			const source = read(path.replace(/^dist\/(.*)\.js$/, '$1.ts'));
			return /displayName: '([^']*)'/.exec(source)?.[1];
		});
		expect(body.find(({ id }) => id === 'node')?.attributes.options).toEqual(expect.arrayContaining(labels));
	});

	it('has an ID and a label of its own for each field', () => {
		const fields = body.filter(({ type }) => type !== 'markdown');
		for (const values of [fields.map(({ id }) => id), fields.map(({ attributes }) => attributes.label)]) {
			expect(values).not.toContain(undefined);
			expect(new Set(values).size).toBe(values.length);
		}
	});
});

it('who has found a hole is sent where SECURITY.md says', () => {
	const { contact_links: links, ...config } = parse<{ contact_links: Array<{ url: string }> }>(
		'.github/ISSUE_TEMPLATE/config.yml',
	);
	expect(config).toEqual({ blank_issues_enabled: false });
	const [advisory] = links;
	expect(advisory?.url).toMatch(/\/security\/advisories\/new$/);
	expect(read('SECURITY.md')).toContain(`(${advisory?.url})`);
});

it('updates of packages and actions come in groups', () => {
	const { updates } = parse<{ updates: Array<Record<string, object>> }>('.github/dependabot.yml');
	expect(updates.map((update) => update['package-ecosystem'])).toEqual(['npm', 'github-actions']);
	for (const { groups } of updates) expect(Object.keys(groups ?? {}).length).toBeGreaterThan(0);
});
