import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

import { core1xFolder, type N8nRelease } from '../sandbox/n8n/install.ts';
import { E2E_N8N } from './e2e/setup/release.ts';

const SECOND = 1000;
/** For what takes seconds: a limit only ends what would never end, and a busy machine takes many times as long. */
const ENOUGH = 240 * SECOND;
/** Unit tests compute, and come first. Engine tests wait for much of their time, so they are more than the cores. */
const UNIT_WORKERS = 2;
const ENGINE_WORKERS = 6;
const file = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const offline = file('./harness/offline.ts');

/** Engine tests, on the repository's n8n-core or on another one that the set-up installs. */
function engine({
	name,
	globalSetup = [],
	env = {},
}: {
	name: string;
	globalSetup?: string | string[];
	env?: Record<string, string>;
}) {
	return {
		// A process runs many files: n8n-core takes two seconds to load. Each file loads the package afresh (startHarness), so
		// that it has watchers and slots of its own, and stops what it started.
		test: {
			name,
			env,
			isolate: false,
			include: ['test/engine/**/*.test.ts'],
			setupFiles: [offline],
			globalSetup: [file('./harness/temp.ts'), globalSetup].flat(),
			pool: 'forks' as const,
			maxWorkers: ENGINE_WORKERS,
			sequence: { groupOrder: 1 },
			testTimeout: ENOUGH,
			hookTimeout: ENOUGH,
			expect: { poll: { timeout: 30 * SECOND } },
		},
	};
}

/** Of the tests with a real n8n, those that run on both lines; docs/n8n-versions.md says why the others do not. */
export const ON_BOTH_LINES = [
	'aliyun',
	'behaviour',
	'callback',
	'crash',
	'credential-window',
	'examples',
	'examples-apps',
	'examples-import',
	'examples-money',
	'examples-waiting',
	'flows',
	'http-request',
	'kling-resources',
	'money',
	'one-copy',
	'package',
	'ps',
	'secrets',
	'single-packages',
	'suspended',
	'tools',
	'trigger',
];

/** A real n8n server: one file at a time, after everything else. */
function e2e({ name, include, release }: { name: string; include: string[]; release: N8nRelease }) {
	return {
		test: {
			name,
			include,
			env: { [E2E_N8N]: release },
			globalSetup: [file('./e2e/setup/run.ts')],
			pool: 'forks' as const,
			fileParallelism: false,
			sequence: { groupOrder: 4 },
			testTimeout: 900 * SECOND,
			hookTimeout: 600 * SECOND,
		},
	};
}

export default defineConfig({
	root: file('..'),
	test: {
		reporters: ['default', file('./harness/closing-line.ts')],
		projects: [
			{
				test: {
					name: 'unit',
					include: ['test/unit/**/*.test.ts', 'test/property/**/*.test.ts'],
					// A process runs many files: n8n-workflow takes longer to load than most of them take to run.
					isolate: false,
					unstubEnvs: true,
					pool: 'forks',
					maxWorkers: UNIT_WORKERS,
					sequence: { groupOrder: 0 },
					testTimeout: ENOUGH,
					setupFiles: [offline, file('./harness/fresh-modules.ts')],
				},
			},
			engine({ name: 'engine' }),
			engine({
				name: 'engine-1x',
				globalSetup: file('./harness/core-1x.ts'),
				env: { N8N_CORE_FOLDER: core1xFolder() },
			}),
			{
				// Thousands of creates under faults; alone, since it keeps both cores busy.
				test: {
					name: 'chaos',
					include: ['test/chaos/**/*.test.ts'],
					setupFiles: [offline],
					globalSetup: [file('./harness/temp.ts')],
					pool: 'forks',
					fileParallelism: false,
					sequence: { groupOrder: 2 },
					testTimeout: ENOUGH,
				},
			},
			{
				// Hostile services, callers and values, on end; measured by the processor's time, so after the others.
				test: {
					name: 'hostile',
					include: ['test/hostile/**/*.test.ts'],
					setupFiles: [offline],
					globalSetup: [file('./harness/temp.ts')],
					pool: 'forks',
					maxWorkers: UNIT_WORKERS,
					sequence: { groupOrder: 3 },
					testTimeout: ENOUGH,
					hookTimeout: ENOUGH,
				},
			},
			e2e({ name: 'e2e', include: ['test/e2e/**/*.test.ts'], release: '2.x' }),
			e2e({
				name: 'e2e-1x',
				include: ON_BOTH_LINES.map((name) => `test/e2e/${name}.test.ts`),
				release: '1.x',
			}),
			{
				// n8n in queue mode, whose workers are killed: several n8n at once, so one file at a time.
				test: {
					name: 'queue',
					include: ['test/queue/**/*.test.ts'],
					pool: 'forks',
					fileParallelism: false,
					sequence: { groupOrder: 5 },
					testTimeout: 900 * SECOND,
					hookTimeout: 600 * SECOND,
				},
			},
			{
				// n8n in queue mode under everything at once, for as long as one likes.
				test: {
					name: 'soak',
					include: ['test/soak/**/*.test.ts'],
					pool: 'forks',
					fileParallelism: false,
					sequence: { groupOrder: 6 },
					testTimeout: 60 * SECOND,
					hookTimeout: 600 * SECOND,
				},
			},
		],
	},
});
