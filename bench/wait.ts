/**
 * How late a finished task leaves the node, and how many status requests it costs: 20 tasks of 5 to 15 s, four
 * executions at a time, in n8n-core in process against the simulator. Beside them the figures of the recipe people
 * use today (HTTP Request, Wait 5 s, IF), computed for the same ends: it polls every 5 s and adds a request's time.
 */
import { readFileSync } from 'node:fs';

import pLimit from 'p-limit';

import { startProvider } from '../sandbox/provider/index.ts';
import { klingCredentials } from '../test/harness/kling-credentials.ts';
import { startHarness } from '../test/harness/index.ts';

const TASKS = 20;
const AT_ONCE = 4;
const RECIPE_INTERVAL_MS = 5_000;

const photo = readFileSync(new URL('../sandbox/photos/coffee.jpg', import.meta.url));
const provider = await startProvider({ taskMs: [5_000, 15_000], slots: 50, seed: 7 });
const n8n = await startHarness();
const lanes = pLimit(AT_ONCE);

const rows = await Promise.all(
	Array.from({ length: TASKS }, async () => await lanes(async () => await measure())),
);
report('first five', rows.slice(0, 5));
report('sixth on', rows.slice(5));
report('all', rows);
await n8n.stop();
await provider.stop();

async function measure() {
	const run = await n8n.run({
		node: 'n8n-nodes-kling-aliyun.kling',
		parameters: { resource: 'imageExpansion', operation: 'create', upExpansionRatio: 0.5 },
		items: [{ json: {}, binary: { data: { buffer: photo, fileName: 'coffee.jpg', mimeType: 'image/jpeg' } } }],
		credentials: klingCredentials(provider.url),
	});
	const left = Date.now();
	const taskId = String(run.items[0]?.json.taskId);
	const entry = (await provider.control.ledger()).find((task) => task.taskId === taskId);
	if (!entry) throw new Error(`No task in the ledger: ${JSON.stringify(run.error)}`);
	const reads = (await provider.control.requests()).filter((request) => request.method === 'GET' && request.taskId === taskId);
	const took = entry.endsAt - entry.createdAt;
	return {
		lag: left - entry.endsAt,
		requests: reads.length,
		recipeLag: Math.ceil(took / RECIPE_INTERVAL_MS) * RECIPE_INTERVAL_MS - took,
		recipeRequests: Math.ceil(took / RECIPE_INTERVAL_MS),
	};
}

function report(label: string, part: Array<Awaited<ReturnType<typeof measure>>>): void {
	const of = (key: keyof (typeof part)[number]) => median(part.map((row) => row[key]));
	const mean = (key: keyof (typeof part)[number]) => part.reduce((sum, row) => sum + row[key], 0) / part.length;
	console.log(
		`${label.padEnd(10)} lag ${of('lag')} ms (recipe at best ${of('recipeLag')} ms, ratio ${(of('lag') / of('recipeLag')).toFixed(2)}), ` +
			`requests per task ${mean('requests').toFixed(1)} (recipe ${mean('recipeRequests').toFixed(1)})`,
	);
}

function median(values: number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	return Math.round(sorted.length % 2 ? (sorted[middle] ?? 0) : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2);
}
