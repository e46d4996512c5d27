/**
 * Callbacks that nobody but a stranger would send, drawn at random, to triggers and to suspended executions: none starts a
 * workflow, none throws, and none keeps n8n busy.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it } from 'vitest';

import { OTHER_SECRET, SECRET, signed, startCallbacks } from '../engine/kling/callbackSupport.ts';
import { expanding, given, startSuspending } from '../engine/kling/suspendedSupport.ts';
import { expectNothingUnhandled } from '../engine/support.ts';
import type { WebhookRequest } from '../harness/index.ts';
import { Random, ROUNDS, SEED } from './random.ts';

const { create, hook } = await startCallbacks();
const { n8n, suspend, tell, finish, taskIds } = await startSuspending();
expectNothingUnhandled();

/** As large as n8n lets one through that we take. */
const LARGEST = 65_000;
/** Most of the processor's time for ten of them, in ms: they take 60, and ten of one byte 20. */
const MOST_CPU_MS = 400;

const figures: Record<string, number> = {};
afterAll(() => console.log(`hostile callbacks (seed ${SEED}): ${JSON.stringify(figures)}`));

const PIECES = [
	'9',
	'[',
	'{"data":',
	'"',
	'\\\\',
	' ',
	'12345678901234567,',
	'{"url":"x"},',
	'=',
	'eyJ.',
	'\n',
	'中',
	'-',
	'.1e',
	'0',
];
const HEADS = ['', '{"task_id":', '{"task_id":"', '{"task_status":"succeed","task_result":{"images":[', '[', '"'];
const TYPES = [
	'application/json',
	'application/octet-stream',
	'text/plain',
	'application/x-www-form-urlencoded',
	'multipart/form-data; boundary=x',
	'image/png',
	'application/json; charset=utf-16',
];

/** A text of repeated pieces: what expressions and parsers stumble over. */
function filled(random: Random): string {
	const [head, piece] = [random.pick(HEADS), random.pick(PIECES)];
	const tail = random.pick(['', ']}', '"}', '1]}}', '\u0000']);
	const length = random.pick([100, 5_000, LARGEST, LARGEST, 66_000, 300_000]);
	return head + piece.repeat(Math.ceil(length / piece.length)).slice(0, length - head.length - tail.length) + tail;
}

/** A true body of a running task, with something in it changed; its status stays, or becomes nonsense. */
function changed(random: Random, told: object): Buffer {
	const bytes = Buffer.from(JSON.stringify(told));
	for (let change = random.integer(1, 4); change > 0; change -= 1) {
		bytes[random.integer(0, bytes.length - 1)] = random.integer(0, 255);
	}
	return random.chance(0.3) ? bytes.subarray(0, random.integer(0, bytes.length)) : bytes;
}

/** JSON of any shape under the names that are read. */
function shaped(random: Random, depth = 0): unknown {
	const leaf = [null, 0, -1, 1e308, '', 'succeed', '\ud800', true, '831922345678901234', 'x'.repeat(5_000)];
	if (depth > 4 || random.chance(0.4)) return random.pick(leaf);
	if (random.chance(0.3)) return Array.from({ length: random.integer(0, 3) }, () => shaped(random, depth + 1));
	const names = [
		'task_id',
		'task_status',
		'data',
		'task_result',
		'images',
		'url',
		'id',
		'status',
		'outputs',
		'__proto__',
	];
	return Object.fromEntries(
		Array.from({ length: random.integer(0, 4) }, () => [random.pick(names), shaped(random, depth + 1)]),
	);
}

function drawn(random: Random, told: object): WebhookRequest {
	const kind = random.integer(0, 3);
	const body =
		kind === 0
			? filled(random)
			: kind === 1
				? changed(random, told)
				: kind === 2
					? (JSON.stringify(shaped(random)) ?? '')
					: random.bytes(random.integer(0, 2_000));
	const own: Record<string, string> = random.chance(0.5)
		? signed(String(body), { secret: kind === 1 ? OTHER_SECRET : SECRET })
		: {};
	const odd: Record<string, string> = random.chance(0.2)
		? { 'webhook-timestamp': random.pick(['', '9'.repeat(1_000), '-1', 'NaN']) }
		: {};
	return { body, headers: { ...own, ...odd, 'content-type': random.pick(TYPES) } };
}

/**
 * What an action costs in ms: the longest that the event loop stood still, which others on the machine make longer, and the
 * processor's time.
 */
async function costOf(action: () => Promise<unknown>): Promise<{ blockMs: number; cpuMs: number }> {
	const delays = monitorEventLoopDelay({ resolution: 1 });
	delays.enable();
	// It is measured from one tick of a timer to the next.
	await sleep(20);
	delays.reset();
	const before = process.cpuUsage();
	await action();
	const { user, system } = process.cpuUsage(before);
	await sleep(20);
	delays.disable();
	return { blockMs: Math.round(delays.max / 1e6), cpuMs: Math.round((user + system) / 1_000) };
}

const count = (word: string) => (figures[word] = (figures[word] ?? 0) + 1);

describe('callbacks drawn at random', () => {
	it('start no workflow, and are answered', { timeout: 3_600_000 }, async () => {
		const told = await create();
		const triggers = [hook(), hook({}, { webhookSecret: SECRET }), hook({ options: { requireSignature: false } })];
		const problems: string[] = [];
		for (let number = 0; number < ROUNDS; number += 1) {
			const request = drawn(new Random(SEED, number), told);
			for (const trigger of triggers) {
				const { status, items, thrown, execution } = await trigger.call(request);
				count(`trigger ${status}`);
				const isFine = items.length === 0 && !thrown && !execution && status < 504;
				if (!isFine) problems.push(`Round ${number}: ${status} ${String(thrown)} ${JSON.stringify(items)}`);
			}
		}
		expect(problems).toEqual([]);
	});

	it('wake no suspended execution, and the true end still does', { timeout: 3_600_000 }, async () => {
		const run = await suspend(expanding());
		const [id = ''] = taskIds();
		const problems: string[] = [];
		for (let number = 0; number < ROUNDS; number += 1) {
			const random = new Random(SEED, number);
			const request = drawn(random, { task_id: id, task_status: 'processing', task_status_msg: '' });
			const { status, thrown, run: woken } = await n8n.resume(run, request);
			count(`resume ${status}`);
			if (thrown || woken || status >= 504) problems.push(`Round ${number}: ${status} ${String(thrown)}`);
		}
		expect(problems).toEqual([]);
		await finish(...taskIds());
		expect(given((await tell(run, id)).run)).toHaveLength(2);
	});
});

describe('ten callbacks of 65 kB at once', () => {
	const long = (piece: string, length: number) => piece.repeat(Math.ceil(length / piece.length)).slice(0, length);
	const bodies = PIECES.flatMap((piece) => [
		long(piece, LARGEST),
		`${long(piece, LARGEST)}x`,
		// JSON escapes quotes and the like.
		JSON.stringify({ task_id: '8319223456', task_status: 'processing', message: `${long(piece, LARGEST / 3)}x` }),
	]);
	const headers = { 'content-type': 'application/octet-stream' };

	it('do not keep a trigger busy', { timeout: 900_000 }, async () => {
		const trigger = hook();
		const costs: Array<Awaited<ReturnType<typeof costOf>>> = [];
		for (const body of bodies) {
			const ten = async () =>
				await Promise.all(Array.from({ length: 10 }, async () => await trigger.call({ body, headers })));
			costs.push(await costOf(ten));
		}
		figures['worst block of a trigger, ms'] = Math.max(...costs.map(({ blockMs }) => blockMs));
		figures['most of the processor of a trigger, ms'] = Math.max(...costs.map(({ cpuMs }) => cpuMs));
		expect(costs.filter(({ cpuMs }) => cpuMs > MOST_CPU_MS)).toEqual([]);
	});

	it('do not keep a suspended execution busy', { timeout: 900_000 }, async () => {
		const run = await suspend(expanding());
		const costs: Array<Awaited<ReturnType<typeof costOf>>> = [];
		for (const body of bodies) {
			const ten = async () =>
				await Promise.all(Array.from({ length: 10 }, async () => await n8n.resume(run, { body, headers })));
			costs.push(await costOf(ten));
		}
		figures['worst block at a resume address, ms'] = Math.max(...costs.map(({ blockMs }) => blockMs));
		figures['most of the processor at a resume address, ms'] = Math.max(...costs.map(({ cpuMs }) => cpuMs));
		expect(costs.filter(({ cpuMs }) => cpuMs > MOST_CPU_MS)).toEqual([]);
	});
});
