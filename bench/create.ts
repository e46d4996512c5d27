/**
 * (g) Create without waiting, beside the HTTP Request node that sends the same body, and how both grow with the number
 * of items. (h) Create that waits for the end of its task, beside HTTP Request create plus one HTTP Request get. The
 * images are URLs and nothing is downloaded, so that no side loads a file. The simulator takes any number of tasks at
 * once: no side waits for a slot.
 */
import { deepStrictEqual } from 'node:assert';

import { inFreshServer } from './setup/fresh.ts';
import { growthExponent, inPairs, type Row } from './setup/stats.ts';
import { readsSince, tasksSince } from './setup/tasks.ts';
import { AFTER, between, CREATE, createBody, httpCreate, httpRead, klingStep, type Step } from './setup/workflows.ts';
import type { Lane, Measured, World } from './setup/world.ts';

const ITEMS = 1_000;
const ROUNDS = 3;
const GROWTH_ITEMS = [250, 1_000, 4_000];
const QUICK_GROWTH_ITEMS = [250, 1_000];
const WARM_UP_ITEMS = 20;

/** More than all tasks of a run. */
const SLOTS = 100_000;

/** Longer than a run of g, so that the simulator does not work on the tasks while creates are measured. */
const LONG_TASK_MS = 3_600_000;

/** What the nodes of one side are called and how they are set. */
interface Side {
	title: string;
	steps(lane: Lane): Step[];
}

const CREATES: Record<'ours' | 'theirs', Side> = {
	ours: { title: 'Create', steps: (lane) => [klingStep(lane, { ...CREATE, waitForCompletion: false })] },
	theirs: { title: 'HTTP create', steps: (lane) => [httpCreate(lane, [[AFTER]])] },
};

const CREATES_AND_READS: Record<'ours' | 'theirs', Side> = {
	ours: { title: 'Create and wait', steps: (lane) => [klingStep(lane, { ...CREATE, downloadImages: false })] },
	theirs: { title: 'HTTP create and get', steps: (lane) => [httpCreate(lane, [['Read']]), httpRead(lane, [[AFTER]])] },
};

export async function benchCreate(world: World): Promise<Row[]> {
	const lane = await world.lane({ taskMs: [LONG_TASK_MS, LONG_TASK_MS], slots: SLOTS });
	const run = async (side: Side) => await runChecked(world, lane, side, ITEMS);
	const bench = `g. create, ${count(ITEMS)} items`;
	const rounds = world.quick ? 1 : ROUNDS;
	// The first runs are the just-in-time compiler's.
	await bothSides(1, run);
	const pairs = await bothSides(rounds, run);
	const row = (measure: string, of: (measured: Measured) => number): Row => perItem(bench, measure, pairs, of);
	return [
		{ ...row('wall per item', ({ wallMs }) => wallMs), atMost: 1 },
		{ ...row('CPU of n8n per item', ({ cpuMs }) => cpuMs), atMost: 1 },
		await growth(world, lane, rounds),
		await memory(world, lane, rounds),
	];
}

export async function benchCreateAndWait(world: World): Promise<Row[]> {
	const lane = await world.lane({ taskMs: [1_000, 2_000], slots: SLOTS });
	const run = async (side: Side) => {
		const measured = await runChecked(world, lane, side, ITEMS);
		return { ...measured, reads: readsSince(lane, measured.startedAt).length };
	};
	const ours = async () => {
		const measured = await run(CREATES_AND_READS.ours);
		const unfinished = tasksSince(lane, measured.startedAt).filter(({ status }) => status !== 'succeed');
		if (unfinished.length > 0) throw new Error(`${unfinished.length} tasks have not succeeded`);
		return measured;
	};
	const theirs = async () => await run(CREATES_AND_READS.theirs);
	await inPairs(1, ours, theirs);
	const pairs = await inPairs(world.quick ? 1 : ROUNDS, ours, theirs);
	const bench = `h. create and wait, ${count(ITEMS)} items`;
	// Theirs reads each task once and does not wait for its end, so the wall time is not compared.
	const { against: _against, ...wall } = perItem(bench, 'wall per item', pairs, ({ wallMs }) => wallMs);
	const { against: _ratio, ...reads } = perItem(bench, 'status requests per item', pairs, (measured) => measured.reads);
	return [
		{ ...perItem(bench, 'CPU of n8n per item', pairs, ({ cpuMs }) => cpuMs), atMost: 1.2 },
		wall,
		{ ...reads, unit: '' },
	];
}

/** The exponent of CPU over items, one for each round. */
async function growth(world: World, lane: Lane, rounds: number): Promise<Row> {
	const sizes = world.quick ? QUICK_GROWTH_ITEMS : GROWTH_ITEMS;
	const exponents = await bothSides(rounds, async (side) => {
		const points: Array<[number, number]> = [];
		for (const items of sizes) points.push([items, (await runChecked(world, lane, side, items)).cpuMs]);
		world.log(`g: ${side.title}: ${points.map(([items, ms]) => `${count(items)} items ${ms} ms`).join(', ')} of CPU`);
		return growthExponent(points);
	});
	const bench = `g. create, ${sizes.map(count).join(' / ')} items`;
	return { bench, measure: 'exponent of CPU over items', unit: '', ...exponents, atMost: 1.1 };
}

/** Peak of the resident memory above rest, in kB for each item. */
async function memory(world: World, lane: Lane, rounds: number): Promise<Row> {
	const items = Math.max(...(world.quick ? QUICK_GROWTH_ITEMS : GROWTH_ITEMS));
	const peaks = await bothSides(rounds, async (side) => {
		lane.provider.control.reset();
		const [warmUp, measured] = [WARM_UP_ITEMS, items].map((number) => workflowOf(lane, side, number));
		const { aboveMb } = await inFreshServer(world, warmUp!, measured!);
		return (aboveMb * 1_024) / items;
	});
	const bench = `g. create, ${count(items)} items`;
	return { bench, measure: 'peak memory above rest per item', unit: 'kB', ...peaks, against: 'theirs' };
}

/** Creates without waiting, by turns. */
async function bothSides<T>(rounds: number, run: (side: Side) => Promise<T>): Promise<{ ours: T[]; theirs: T[] }> {
	return await inPairs(
		rounds,
		async () => await run(CREATES.ours),
		async () => await run(CREATES.theirs),
	);
}

/** Runs one side. Throws unless each item has made one task, with the same body on both sides. */
async function runChecked(world: World, lane: Lane, side: Side, items: number): Promise<Measured & { items: number }> {
	// What earlier runs have left makes the simulator slower.
	lane.provider.control.reset();
	const measured = await world.run(workflowOf(lane, side, items));
	const tasks = tasksSince(lane, measured.startedAt);
	if (tasks.length !== items) throw new Error(`${side.title}: ${tasks.length} tasks in the ledger, not ${items}`);
	const { external_task_id: _id, ...sent } = tasks[0]!.request;
	deepStrictEqual(sent, createBody(lane.photo, String(sent.prompt)));
	return { ...measured, items };
}

function workflowOf(lane: Lane, { title, steps }: Side, items: number): ReturnType<typeof between> {
	const prompt = (index: number) => `The same room in morning light, view ${index}`;
	const inputs = Array.from({ length: items }, (_, index) => ({ photo: lane.photo, prompt: prompt(index) }));
	return between(lane, title, inputs, steps(lane));
}

function perItem<Run extends { items: number }>(
	bench: string,
	measure: string,
	pairs: { ours: Run[]; theirs: Run[] },
	of: (run: Run) => number,
): Row {
	const each = (run: Run) => of(run) / run.items;
	return { bench, measure, unit: 'ms', ours: pairs.ours.map(each), theirs: pairs.theirs.map(each), against: 'theirs' };
}

function count(items: number): string {
	return items.toLocaleString('en');
}
