/**
 * (e) One task's nine pictures of 10 MB, beside the HTTP Request node that downloads the same nine files. n8n is
 * restarted before every run, warmed with one small picture, and the kernel's peak counter is reset then.
 */
import { inFreshServer } from './setup/fresh.ts';
import { inPairs, type Row } from './setup/stats.ts';
import { finishedTask, pictureUrls } from './setup/tasks.ts';
import { AFTER, between, httpStep, klingStep, type Step } from './setup/workflows.ts';
import type { Lane, World } from './setup/world.ts';

const PICTURES = 9;
const BYTES = 10_000_000;

export async function benchDownload(world: World): Promise<Row[]> {
	const small = await prepare(await world.lane({ taskMs: [10, 20], resultBytes: 100_000 }), 1);
	const large = await prepare(await world.lane({ taskMs: [10, 20], resultBytes: BYTES }), PICTURES);
	const measure = async (workflow: (prepared: Prepared) => ReturnType<typeof between>) =>
		await inFreshServer(world, workflow(small), workflow(large));
	const { ours, theirs } = await inPairs(
		world.quick ? 2 : 7,
		async () => await measure(byKling),
		async () => await measure(byHttp),
	);
	type Run = (typeof ours)[number];
	const row = (measure: string, unit: string, of: (run: Run) => number, atMost?: number): Row => ({
		bench: 'e. 9 pictures of 10 MB',
		measure,
		unit,
		ours: ours.map(of),
		theirs: theirs.map(of),
		against: 'theirs',
		atMost,
	});
	return [
		row('wall', 'ms', (run) => run.wallMs, 1.1),
		row('peak memory', 'MB', (run) => run.peakMb, 1.1),
		row('peak above rest', 'MB', (run) => run.aboveMb),
		row('CPU of n8n', 'ms', (run) => run.cpuMs),
	];
}

interface Prepared {
	lane: Lane;
	taskId: string;
	urls: string[];
}

/** A finished task whose files the simulator has made already. */
async function prepare(lane: Lane, pictures: number): Promise<Prepared> {
	const taskId = await finishedTask(lane, pictures);
	const urls = await pictureUrls(lane, taskId);
	for (const url of urls) await (await fetch(url)).arrayBuffer();
	return { lane, taskId, urls };
}

function byKling({ lane, taskId }: Prepared) {
	const kling = klingStep(lane, { operation: 'get', taskId, downloadImages: true });
	return between(lane, 'Get with pictures', [{}], [kling]);
}

function byHttp({ lane, urls }: Prepared) {
	const options = { response: { response: { responseFormat: 'file' } } };
	const http: Step = httpStep(lane, 'HTTP', { url: '={{ $json.url }}', authentication: 'none', options }, [[AFTER]]);
	return between(
		lane,
		'HTTP files',
		urls.map((url) => ({ url })),
		[http],
	);
}
