/**
 * (b) One task of 5 to 15 s: how late its item leaves, and what the waiting cost in requests, beside HTTP Request +
 * Wait 5 s + IF. Both sides get tasks of the same length at the same time, each from a simulator of its own: they
 * wait, they do not compete. The first five tasks of the process are the ones before experience.
 */
import { seededRandom } from '../sandbox/provider/core/random.ts';
import type { Row } from './setup/stats.ts';
import { readsSince, tasksSince } from './setup/tasks.ts';
import { AFTER, between, CREATE, klingStep, recipe, type Step } from './setup/workflows.ts';
import type { Lane, World } from './setup/world.ts';

const UNTRAINED = 5;

export async function benchLatency(world: World): Promise<Row[]> {
	const random = seededRandom(20_261_121);
	const lanes = { ours: await world.lane({}), theirs: await world.lane({}) };
	const items = [{ photo: lanes.ours.photo, prompt: 'Morning light' }];
	const one = async (lane: Lane, title: string, steps: Step[]) => {
		const { startedAt, leftAt } = await world.run(between(lane, title, items, steps));
		const [task] = tasksSince(lane, startedAt);
		if (!task?.endsAt) throw new Error(`No task in the ledger of ${title}`);
		return { lag: leftAt - task.endsAt, requests: readsSince(lane, startedAt).length };
	};
	type Result = Awaited<ReturnType<typeof one>>;
	const results: Record<'ours' | 'theirs', Result[]> = { ours: [], theirs: [] };
	for (let pair = 0; pair < UNTRAINED + (world.quick ? 3 : 15); pair += 1) {
		const ms = Math.round(5_000 + random.next() * 10_000);
		for (const { provider } of Object.values(lanes)) provider.control.settings({ taskMs: [ms, ms] });
		const [ours, theirs] = await Promise.all([
			one(lanes.ours, 'Create', [klingStep(lanes.ours, { ...CREATE, downloadImages: false })]),
			one(lanes.theirs, 'Recipe', recipe(lanes.theirs, 5, AFTER)),
		]);
		results.ours.push(ours);
		results.theirs.push(theirs);
	}
	const part = (bench: string, from: number, to?: number): Row[] => {
		const of = (side: 'ours' | 'theirs', key: keyof Result) =>
			results[side].slice(from, to).map((result) => result[key]);
		const average = (values: number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
		const target = (limit: number) => (from === 0 ? {} : { atMost: limit });
		return [
			{
				bench,
				measure: 'lag after the end',
				unit: 'ms',
				floor: 0,
				ours: of('ours', 'lag'),
				theirs: of('theirs', 'lag'),
				against: 'theirs',
				...target(0.5),
			},
			{
				bench,
				measure: 'status requests a task',
				unit: '',
				floor: 1,
				ours: of('ours', 'requests'),
				theirs: of('theirs', 'requests'),
			},
			{
				bench,
				measure: 'the same on average',
				unit: '',
				floor: 1,
				ours: [average(of('ours', 'requests'))],
				theirs: [average(of('theirs', 'requests'))],
				against: 'theirs',
				...target(1),
			},
		];
	};
	return [...part('b. one task, 1st to 5th', 0, UNTRAINED), ...part('b. one task, from the 6th', UNTRAINED)];
}
