/**
 * (d) 200 tasks of 10 to 20 s waiting at once: how many status requests they cost at which freshness (the mean time
 * from a task's end to the request that saw it). Beside it, one request per task and tick: computed for exactly our
 * freshness (a fixed interval T is T/2 late on average, so T is twice ours), and measured with the recipe, whose Wait
 * node gets that T; what n8n itself adds to the interval makes the recipe later, so its freshness stands beside it.
 */
import { mean, type Row } from './setup/stats.ts';
import { readsSince, tasksSince } from './setup/tasks.ts';
import { AFTER, between, CREATE, klingStep, recipe, type Step } from './setup/workflows.ts';
import type { Lane, World } from './setup/world.ts';

const TASKS = 200;

interface Result {
	requests: number;
	lagMs: number;
	/** Requests that one-per-task polling needs for this lag. */
	perTask: number;
}

export async function benchWatch(world: World): Promise<Row[]> {
	const lane = await world.lane({ taskMs: [10_000, 20_000], slots: TASKS, seed: 4 });
	const ours = async () => await watch(world, lane, 'Create', [klingStep(lane, { ...CREATE, downloadImages: false })]);
	const results = { ours: [] as Result[], theirs: [] as Result[] };
	for (let pair = 0; pair < (world.quick ? 1 : 3); pair += 1) {
		const own = await ours();
		results.ours.push(own);
		const seconds = Math.max(0.1, Math.round(own.lagMs / 5) / 100);
		results.theirs.push(await watch(world, lane, 'Recipe', recipe(lane, seconds, AFTER)));
	}
	const bench = 'd. 200 tasks waiting';
	const requests = results.ours.map((result) => result.requests);
	return [
		{
			bench,
			measure: 'status requests; theirs computed for our freshness',
			unit: '',
			ours: requests,
			theirs: results.ours.map(({ perTask }) => perTask),
			against: 'theirs',
			atMost: 1 / 20,
		},
		{
			bench,
			measure: 'status requests; theirs is the recipe',
			unit: '',
			ours: requests,
			theirs: results.theirs.map((result) => result.requests),
			against: 'theirs',
			atMost: 1 / 20,
		},
		{
			bench,
			measure: 'mean time from end to request',
			unit: 'ms',
			ours: results.ours.map(({ lagMs }) => lagMs),
			theirs: results.theirs.map(({ lagMs }) => lagMs),
			against: 'theirs',
		},
	];
}

async function watch(world: World, lane: Lane, title: string, steps: Step[]): Promise<Result> {
	const items = Array.from({ length: TASKS }, (_, index) => ({ photo: lane.photo, prompt: `View ${index}` }));
	const { startedAt } = await world.run(between(lane, title, items, steps));
	const tasks = tasksSince(lane, startedAt);
	const reads = readsSince(lane, startedAt);
	if (tasks.length !== TASKS) throw new Error(`${title}: ${tasks.length} tasks in the ledger`);
	const lags = tasks.map(({ taskId, endsAt }) => {
		const seen = reads.find(({ at, id }) => at >= (endsAt ?? Infinity) && (id === undefined || id === taskId));
		if (!seen) throw new Error(`${title}: nobody saw the end of ${taskId}`);
		return seen.at - (endsAt ?? 0);
	});
	const lagMs = mean(lags);
	const perTask = tasks.reduce(
		(sum, { createdAt, endsAt }) => sum + Math.ceil(((endsAt ?? 0) - createdAt) / (2 * lagMs)),
		0,
	);
	return { requests: reads.length, lagMs, perTask };
}
