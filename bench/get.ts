/** (a) 1,000 items through Get, beside the HTTP Request node that reads the same tasks with the same key. */
import { inPairs, type Row } from './setup/stats.ts';
import { finishedTask } from './setup/tasks.ts';
import { AFTER, between, httpStep, KLING_PATH, klingStep, step } from './setup/workflows.ts';
import type { World } from './setup/world.ts';

export async function benchGet(world: World): Promise<Row[]> {
	const lane = await world.lane({ taskMs: [10, 20] });
	const taskId = await finishedTask(lane);
	const items = Array.from({ length: 1_000 }, () => ({ taskId }));
	const get = { operation: 'get', taskId: '={{ $json.taskId }}', downloadImages: false };
	const ours = async () => await world.run(between(lane, 'Get', items, [klingStep(lane, get)]));
	const url = `=${lane.url}${KLING_PATH}/{{ $json.taskId }}`;
	const theirs = async () =>
		await world.run(between(lane, 'HTTP GET', items, [httpStep(lane, 'HTTP', { url }, [[AFTER]])]));
	const nothing = [step('Nothing', 'n8n-nodes-base.noOp', 1, {}, [[AFTER]])];
	const floor = async () => await world.run(between(lane, 'No Operation', items, nothing));
	// The first runs are the just-in-time compiler's.
	await inPairs(2, ours, theirs);
	const rest = (await inPairs(3, floor, floor)).ours;
	const measured = await inPairs(world.quick ? 3 : 7, ours, theirs);
	const row = (measure: string, of: (run: (typeof rest)[number]) => number): Row => ({
		bench: 'a. get, 1,000 items',
		measure,
		unit: 'ms',
		floor: Math.min(...rest.map(of)),
		ours: measured.ours.map(of),
		theirs: measured.theirs.map(of),
		against: 'theirs',
		atMost: 1.1,
	});
	return [row('wall', (run) => run.wallMs), row('CPU of n8n', (run) => run.cpuMs)];
}
