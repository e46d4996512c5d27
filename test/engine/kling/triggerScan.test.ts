/**
 * Large accounts. A poll reads at most 6 pages of 500 tasks of a resource: page 1 and five of the scan. An account of
 * P pages is scanned in (P - 1) / 5 polls, rounded up: 8 polls for 20,000 tasks.
 */
import { afterAll, beforeEach, describe, expect, it } from 'vitest';

import { Activated } from '../../harness/activated.ts';
import { startHarness } from '../../harness/index.ts';
import { dice, HOUR, startListServer, type Account, type ListedTask } from './listServer.ts';

const server = await startListServer();
const n8n = await startHarness();
afterAll(async () => await n8n.stop());

const PAGES_PER_POLL = 6;

/** Polls of one scan of an account with so many tasks. */
const pollsPerScan = (tasks: number) => Math.ceil((tasks / 500 - 1) / 5);

/** ms for a test that reads many pages: it takes seconds of computing, and the machine may have other work. */
const LONG = 240_000;

let account: Account;
beforeEach(() => {
	account = server.newAccount();
});

function trigger(options = {}): Activated {
	const parameters = { resources: ['imageExpansion'], options };
	return new Activated(n8n, {
		node: 'n8n-nodes-kling-aliyun.klingTrigger',
		parameters,
		credentials: server.credentials,
	});
}

/** Polls, and fails if it takes more requests than promised; gives how many tasks were reported. */
async function poll(watching: Activated): Promise<number> {
	account.requests.length = 0;
	const { error, items } = await watching.poll();
	expect(error).toBeUndefined();
	expect(account.requests.length).toBeLessThanOrEqual(PAGES_PER_POLL);
	account.now += HOUR / 60;
	return items?.length ?? 0;
}

/** Old tasks, a hundred of them still running, a second apart. */
function fill(count: number): ListedTask[] {
	const chance = dice(7);
	account.now -= count * 1000;
	for (let made = 0; made < count; made += 1, account.now += 1000) account.make('succeed');
	const running = new Set<ListedTask>();
	while (running.size < 100) running.add(account.tasks[Math.floor(chance() * count)]!);
	for (const task of running) task.status = 'processing';
	return [...running];
}

const idsOf = (tasks: ListedTask[]) => tasks.map(({ id }) => id).sort();

/** Shuffled once: tasks keep their places. */
function fixedShuffle() {
	const chance = dice(11);
	const places = new Map<string, number>();
	let shuffled: ListedTask[] = [];
	return (tasks: ListedTask[]) => {
		if (tasks.length === shuffled.length) return shuffled;
		for (const { id } of tasks) if (!places.has(id)) places.set(id, chance());
		shuffled = [...tasks].sort((a, b) => places.get(a.id)! - places.get(b.id)!);
		return shuffled;
	};
}

const ORDERS: Array<{ tasks: number; name: string; order: () => Account['order'] }> = [
	{ tasks: 20_000, name: 'newest first', order: () => (tasks) => [...tasks].reverse() },
	{ tasks: 5_000, name: 'oldest first', order: () => (tasks) => tasks },
	{ tasks: 5_000, name: 'in a random order', order: fixedShuffle },
];

describe.each(ORDERS)('$tasks tasks, $name', ({ tasks: TASKS, order }) => {
	const POLLS_PER_SCAN = pollsPerScan(TASKS);

	it(
		'a poll sends at most 6 requests, and every end is reported once within one scan, nothing old',
		async () => {
			account.order = order();
			const running = fill(TASKS);
			const watching = trigger();
			for (let before = 0; before < 3; before += 1) expect(await poll(watching)).toBe(0);
			for (const task of running) account.end(task);
			for (let polls = 0; polls < POLLS_PER_SCAN; polls += 1) await poll(watching);
			expect([...watching.ids].sort()).toEqual(idsOf(running));
			for (let after = 0; after < 2 * POLLS_PER_SCAN; after += 1) expect(await poll(watching)).toBe(0);
		},
		LONG,
	);

	it(
		'all of them ended while the workflow was off: 1,000 a poll, each once, and the memory within 400 KB',
		async () => {
			account.order = order();
			for (let made = 0; made < TASKS; made += 1, account.now += 1000) account.make();
			const watching = trigger();
			await poll(watching);
			for (const task of account.tasks) account.end(task, Number(task.id.slice(-1)) % 2 ? 'failed' : 'succeed');
			let polls = 0;
			for (; watching.ids.length < TASKS && polls < 40; polls += 1)
				expect(await poll(watching)).toBeLessThanOrEqual(1000);
			expect(new Set(watching.ids).size).toBe(TASKS);
			expect(watching.ids).toHaveLength(TASKS);
			const bytes = () => JSON.stringify(watching.memory).length;
			expect(bytes()).toBeLessThanOrEqual(400 * 1024);
			for (let after = 0; after < 3 * POLLS_PER_SCAN; after += 1, account.now += HOUR) {
				account.end(account.make());
				await poll(watching);
			}
			for (let after = 0; after < POLLS_PER_SCAN; after += 1) await poll(watching);
			expect([...watching.ids].sort()).toEqual(idsOf(account.tasks));
			// Two scans and an hour later what was reported is forgotten again.
			expect(bytes()).toBeLessThanOrEqual(2 * 1024);
		},
		LONG,
	);
});

describe('pages that shift between polls', () => {
	it(
		'by new tasks in front: each end once within 8 polls',
		async () => {
			const running = fill(10_000);
			const watching = trigger();
			await poll(watching);
			const ended: ListedTask[] = [];
			for (let polls = 0; polls < 30; polls += 1) {
				for (let made = 0; made < 90; made += 1) account.make();
				if (polls < 20) ended.push(...running.splice(0, 5));
				for (const task of ended) if (task.status === 'processing') account.end(task);
				await poll(watching);
			}
			expect([...watching.ids].sort()).toEqual(idsOf(ended));
		},
		LONG,
	);

	it(
		'by tasks that expire in front, hours apart: each end once within two scans',
		async () => {
			account.order = (tasks) => tasks;
			fill(10_000);
			const watching = trigger();
			await poll(watching);
			const ended: ListedTask[] = [];
			const chance = dice(3);
			for (let polls = 0; polls < 40; polls += 1, account.now += HOUR) {
				// Never a whole page, so that the scan loses its place by a part of one each time.
				account.tasks.splice(0, 120);
				const running = account.tasks.filter(
					({ status, created }) => status === 'processing' && created > account.tasks[4000]!.created,
				);
				const one = running[Math.floor(chance() * running.length)];
				if (one && polls < 32) {
					account.end(one);
					ended.push(one);
				}
				await poll(watching);
			}
			expect(ended.length).toBeGreaterThan(15);
			expect([...watching.ids].sort()).toEqual(idsOf(ended));
		},
		LONG,
	);

	it('a page that cannot be read is read by the next poll, and a list that becomes short confuses nothing', async () => {
		account.order = (tasks) => tasks;
		const running = fill(4_000);
		const watching = trigger();
		await poll(watching);
		for (const task of running) account.end(task);
		account.fault = (_, page) => (page === 4 ? 400 : undefined);
		await poll(watching);
		account.fault = () => undefined;
		for (let polls = 0; polls < 3; polls += 1) await poll(watching);
		expect([...watching.ids].sort()).toEqual(idsOf(running));
		account.tasks.splice(0, 3_900);
		for (let polls = 0; polls < 3; polls += 1) expect(await poll(watching)).toBe(0);
	});
});

it(
	'a busy account (80 ends an hour, polled each hour for three days) keeps less than 40 KB',
	async () => {
		const watching = trigger();
		await poll(watching);
		let made = 0;
		for (let hour = 0; hour < 72; hour += 1, account.now += HOUR) {
			for (let task = 0; task < 80; task += 1, made += 1) account.end(account.make());
			await poll(watching);
			expect(JSON.stringify(watching.memory).length).toBeLessThanOrEqual(40 * 1024);
		}
		expect(new Set(watching.ids).size).toBe(made);
		expect(watching.ids).toHaveLength(made);
	},
	LONG,
);
