/**
 * (c) 20 tasks of 6 s where the provider runs five at once and nobody says so. Beside the recipe in batches of five,
 * one after the other, which is told. Warm: the process has met the account before. Each of the three has a simulator
 * of its own and they run at the same time: they wait, they do not compete.
 */
import { median, type Row } from './setup/stats.ts';
import { tasksSince } from './setup/tasks.ts';
import { AFTER, between, CREATE, klingStep, recipe, step, type Step } from './setup/workflows.ts';
import type { Lane, World } from './setup/world.ts';

const TASKS = 20;
const SLOTS = 5;
const TASK_MS = 6_000;

export async function benchQueue(world: World): Promise<Row[]> {
	const settings = { taskMs: [TASK_MS, TASK_MS] as [number, number], slots: SLOTS };
	const warmLane = await world.lane(settings);
	const theirLane = await world.lane(settings);
	const run = async (lane: Lane, title: string, steps: Step[]) => {
		const items = Array.from({ length: TASKS }, (_, index) => ({ photo: lane.photo, prompt: `View ${index}` }));
		const { wallMs, startedAt } = await world.run(between(lane, title, items, steps));
		const done = tasksSince(lane, startedAt).filter(({ status }) => status === 'succeed').length;
		if (done !== TASKS) throw new Error(`${title}: ${done} finished tasks in the ledger, not ${TASKS}`);
		return wallMs / 1_000;
	};
	const ours = async (lane: Lane) => await run(lane, 'Create', [klingStep(lane, { ...CREATE, downloadImages: false })]);
	const batches = step('Fives', 'n8n-nodes-base.splitInBatches', 3, { batchSize: SLOTS, options: {} }, [
		[AFTER],
		['Create'],
	]);
	const theirs = async () => await run(theirLane, 'Recipe in fives', [batches, ...recipe(theirLane, 5, 'Fives')]);
	await ours(warmLane);
	const seconds = { warm: [] as number[], cold: [] as number[], theirs: [] as number[] };
	for (let round = 0; round < (world.quick ? 1 : 7); round += 1) {
		const coldLane = await world.lane(settings);
		const [warm, cold, their] = await Promise.all([ours(warmLane), ours(coldLane), theirs()]);
		seconds.warm.push(warm);
		seconds.cold.push(cold);
		seconds.theirs.push(their);
	}
	const floor = (TASKS / SLOTS) * (TASK_MS / 1_000);
	const row = (measure: string, values: number[]): Row => ({
		bench: 'c. 20 tasks, 5 at once',
		measure,
		unit: 's',
		floor,
		ours: values,
		theirs: seconds.theirs,
		against: 'floor',
	});
	world.log(`c: recipe in fives / floor: ${(median(seconds.theirs) / floor).toFixed(2)}`);
	return [{ ...row('wall, warm', seconds.warm), atMost: 1.15 }, row('wall, cold', seconds.cold)];
}
