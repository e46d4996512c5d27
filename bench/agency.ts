/**
 * (i) An agency's evening: 1,000 items in one run, where the provider runs five tasks at once and nobody says so. The
 * floor is what five slots need when none is ever idle. Beside it the recipe in batches of five, which is told, with
 * fewer items, since it takes longer; both are given as multiples of their own floor.
 */
import { type Row } from './setup/stats.ts';
import { tasksSince } from './setup/tasks.ts';
import { AFTER, between, CREATE, klingStep, recipe, step, type Step } from './setup/workflows.ts';
import type { World } from './setup/world.ts';

const ITEMS = 1_000;
const THEIR_ITEMS = 100;
/** As long as the longest task: a batch with a task left over would run into the next one. */
const THEIR_WAIT_S = 9;
const SLOTS = 5;
const TASK_MS: [number, number] = [4_000, 8_000];

export async function benchAgency(world: World): Promise<Row[]> {
	const timesFloor = async (
		title: string,
		count: number,
		stepsOf: (lane: Awaited<ReturnType<World['lane']>>) => Step[],
	) => {
		const lane = await world.lane({ taskMs: TASK_MS, slots: SLOTS });
		const items = Array.from({ length: count }, (_, index) => ({ photo: lane.photo, prompt: `View ${index}` }));
		const { wallMs, startedAt } = await world.run(between(lane, title, items, stepsOf(lane)));
		const done = tasksSince(lane, startedAt).filter(({ status }) => status === 'succeed');
		if (done.length !== count) throw new Error(`${title}: ${done.length} finished tasks in the ledger, not ${count}`);
		const taskMs = done.reduce((sum, { createdAt, endsAt }) => sum + endsAt! - createdAt, 0);
		world.log(
			`${title}: ${count} items, ${Math.round(wallMs / 1_000)} s, floor ${Math.round(taskMs / SLOTS / 1_000)} s`,
		);
		return wallMs / (taskMs / SLOTS);
	};
	const batches = step('Fives', 'n8n-nodes-base.splitInBatches', 3, { batchSize: SLOTS, options: {} }, [
		[AFTER],
		['Create'],
	]);
	const [ours, theirs] = await Promise.all([
		timesFloor('Agency', world.quick ? 100 : ITEMS, (lane) => [klingStep(lane, { ...CREATE, downloadImages: false })]),
		timesFloor('Agency: recipe in fives', world.quick ? 25 : THEIR_ITEMS, (lane) => [
			batches,
			...recipe(lane, THEIR_WAIT_S, 'Fives'),
		]),
	]);
	return [
		{
			bench: 'i. 1,000 items, 5 at once',
			measure: 'wall; theirs with 100 items',
			unit: '× floor',
			ours: [ours],
			theirs: [theirs],
			atMost: 1.05,
		},
	];
}
