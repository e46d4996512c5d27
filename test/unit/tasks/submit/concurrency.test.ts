/** How many tasks an account runs at once, and in which order the creates go. */
import { describe, expect, test } from 'vitest';

import { Slots, slotsOf, type Lease, type SlotRequest } from '../../../../nodes/tasks/submit/concurrency';
import type { Refusal } from '../../../../nodes/tasks/model/service';
import { ManualClock, settle } from '../manualClock';

const HOUR = 3_600_000;
const MINUTE = 60_000;
/** After a refusal one more than fitted is tried. */
const PROBE = 20_000;

const refusal = (change: Partial<Refusal> = {}): Refusal => ({
	httpStatus: 429,
	reason: '',
	cause: 'full',
	hint: '',
	retry: 'noSlot',
	...change,
});

function account() {
	const clock = new ManualClock();
	const slots = new Slots(clock);
	const taken: Lease[] = [];
	/** Asks for a slot; the lease shows up in `taken` once it is there. */
	const ask = (change: Partial<SlotRequest> = {}, signal?: AbortSignal) => {
		const request = { weight: 1, mostTasks: 0, again: false, from: clock.now(), patienceMs: HOUR, ...change };
		const asked = slots.acquire(request, signal);
		void asked.then((lease) => lease && taken.push(lease));
		return asked;
	};
	const last = () => taken[taken.length - 1] as Lease;
	return { clock, slots, taken, ask, last };
}

/** An account that has been found to hold `count` tasks, all of which are running. */
async function full(count: number) {
	const given = account();
	for (let task = 0; task < count; task += 1) given.slots.accept((await given.ask()) as Lease);
	const running = [...given.taken];
	const refused = (await given.ask()) as Lease;
	given.taken.length = 0;
	given.slots.refuse(refused);
	return { ...given, running };
}

test('nothing is held back while no limit is known, but for creates whose answer is still out', async () => {
	const { slots, ask, taken, last } = account();
	for (let task = 0; task < 6; task += 1) void ask();
	await settle();
	expect(taken).toHaveLength(4);
	slots.accept(last());
	await settle();
	expect(taken).toHaveLength(5);
});

test('creates that hang hold up no other account', async () => {
	const hanging = slotsOf('hangs', new ManualClock());
	const request = { weight: 1, mostTasks: 0, again: false, from: 0, patienceMs: HOUR };
	for (let create = 0; create < 20; create += 1) void hanging.acquire(request);
	await expect(slotsOf('free', new ManualClock()).acquire(request)).resolves.toMatchObject({ weight: 1 });
	expect(slotsOf('hangs')).toBe(hanging);
});

test('after a refusal a create goes exactly when one of our own tasks has ended', async () => {
	const { slots, ask, taken, clock, running } = await full(5);
	void ask();
	await clock.advance(5_000);
	expect(taken).toHaveLength(0);
	slots.release(running[0] as Lease);
	await settle();
	expect(taken).toHaveLength(1);
});

test('a refused create is the next in line, not the last', async () => {
	const { slots, ask, clock, running } = await full(2);
	const order: string[] = [];
	void ask().then(() => order.push('later'));
	void ask({ again: true }).then(() => order.push('refused'));
	slots.release(running[0] as Lease);
	await clock.advance(10);
	expect(order).toEqual(['refused']);
});

test('a task takes as many slots as it makes images', async () => {
	const { slots, ask, taken, running } = await full(5);
	void ask({ weight: 3 });
	for (const lease of running.slice(0, 2)) slots.release(lease);
	await settle();
	expect(taken).toHaveLength(0);
	slots.release(running[2] as Lease);
	await settle();
	expect(taken).toHaveLength(1);
});

test('a task that is larger than all that fits goes alone, rather than never', async () => {
	const { slots, ask, taken, running } = await full(2);
	void ask({ weight: 9 });
	for (const lease of running) slots.release(lease);
	await settle();
	expect(taken).toHaveLength(1);
});

test('now and then one more than fitted is tried, and what is learnt goes up', async () => {
	const { slots, ask, taken, clock, last } = await full(2);
	void ask();
	await clock.advance(19_000);
	expect(taken).toHaveLength(0);
	await clock.advance(2_000);
	expect(taken).toHaveLength(1);
	slots.accept(last());
	// A success asks for the next one at once.
	void ask();
	await settle();
	expect(taken).toHaveLength(2);
});

test('with no task of ours running the pause grows, and Retry-After wins over it', async () => {
	const { slots, ask, taken, clock, last } = account();
	const waits: number[] = [];
	await ask();
	for (const retryAfterMs of [undefined, undefined, undefined, 7_000]) {
		slots.refuse(last(), refusal({ retryAfterMs }));
		const before = clock.now();
		const count = taken.length;
		void ask({ again: true });
		while (taken.length === count) await clock.advance(500);
		waits.push(clock.now() - before);
	}
	expect(waits).toEqual([1_000, 2_000, 4_000, 7_000]);
});

test('creates that were on their way when the first one was refused count as one refusal', async () => {
	const { slots, ask, taken, clock } = account();
	for (let task = 0; task < 4; task += 1) void ask();
	await settle();
	for (const lease of [...taken]) slots.refuse(lease);
	void ask({ again: true });
	await clock.advance(1_000);
	expect(taken).toHaveLength(5);
});

test('when those who were refused are stopped, the others go at the end of the pause all the same', async () => {
	const { slots, ask, taken, clock } = account();
	for (let task = 0; task < 4; task += 1) void ask();
	void ask();
	await settle();
	expect(taken).toHaveLength(4);
	const stop = new AbortController();
	for (const lease of [...taken]) {
		slots.refuse(lease);
		void ask({ again: true }, stop.signal);
	}
	await settle();
	stop.abort();
	await clock.advance(1_000);
	expect(taken).toHaveLength(5);
});

test("the user's own limit of tasks is kept, and does not hold up others", async () => {
	const { slots, ask, taken, last } = account();
	slots.accept((await ask({ mostTasks: 1 })) as Lease);
	const order: string[] = [];
	const own = last();
	void ask({ mostTasks: 1 }).then(() => order.push('limited'));
	void ask().then(() => order.push('free'));
	await settle();
	expect(order).toEqual(['free']);
	slots.accept(last());
	slots.release(own);
	slots.release(last());
	await settle();
	expect(order).toEqual(['free', 'limited']);
	expect(taken).toHaveLength(3);
});

describe('Queue Timeout', () => {
	test('ends the wait without a lease', async () => {
		const { ask, clock } = await full(1);
		const asked = ask({ patienceMs: 3_000 });
		await clock.advance(2_999);
		expect(await stateOf(asked)).toBe('waiting');
		await clock.advance(1);
		await expect(asked).resolves.toBeUndefined();
	});

	test.each<[string, (slots: Slots, running: Lease[], next: Lease) => void]>([
		['the end of a task', (slots, [first]) => slots.release(first as Lease)],
		['a task that is accepted', (slots, _, next) => slots.accept(next)],
	])('counts from the last progress of the account: %s', async (_, progress) => {
		const { ask, clock, slots, running } = await full(2);
		// One is on its way, and what comes free is wanted by another one as well.
		slots.release(running[1] as Lease);
		const next = (await ask()) as Lease;
		void ask({ weight: 2, again: true });
		const asked = ask({ patienceMs: MINUTE });
		await clock.advance(45_000);
		progress(slots, running, next);
		await clock.advance(59_000);
		expect(await stateOf(asked)).toBe('waiting');
		await clock.advance(1_000);
		await expect(asked).resolves.toBeUndefined();
	});

	test('a create that is refused is no progress', async () => {
		const { ask, clock, slots, running } = await full(2);
		slots.release(running[1] as Lease);
		const next = (await ask()) as Lease;
		const asked = ask({ patienceMs: MINUTE });
		await clock.advance(15_000);
		slots.refuse(next, refusal({ retryAfterMs: HOUR }));
		await clock.advance(45_000);
		await expect(asked).resolves.toBeUndefined();
	});

	test('of 0 takes a slot that is free, and waits for none', async () => {
		await expect(account().ask({ patienceMs: 0 })).resolves.toEqual({ weight: 1, answered: false, accepted: false });
		await expect((await full(1)).ask({ patienceMs: 0 })).resolves.toBeUndefined();
	});
});

test('Stop leaves the line at once, and leaves no timer behind', async () => {
	const { ask, clock, slots, running, taken } = await full(1);
	const stop = new AbortController();
	const asked = ask({}, stop.signal);
	await settle();
	expect(clock.pending).toBe(1);
	stop.abort();
	await expect(asked).resolves.toBeUndefined();
	expect(clock.pending).toBe(0);
	// A slot that comes free later is not spent on it.
	slots.release(running[0] as Lease);
	await settle();
	expect(taken).toHaveLength(0);
});

test('what is given back twice counts once', async () => {
	const { ask, slots, running, taken } = await full(2);
	for (let time = 0; time < 2; time += 1) slots.release(running[0] as Lease);
	for (let task = 0; task < 4; task += 1) void ask();
	await settle();
	expect(taken).toHaveLength(1);
});

/** A clock that goes on between two readings of it, and whose timers ring early. */
class TickingClock extends ManualClock {
	constructor(private readonly earlyMs: number) {
		super();
	}

	override now(): number {
		const now = super.now();
		this.time = now + 1;
		return now;
	}

	override async pause(ms: number, signal?: AbortSignal): Promise<void> {
		await super.pause(ms - this.earlyMs, signal);
	}
}

test.each([0, 1, 2, 3, 4, 5])(
	'a pause that ends between two looks at the clock is not waited for again (%s ms early)',
	async (earlyMs) => {
		const clock = new TickingClock(earlyMs);
		const slots = new Slots(clock);
		const from = clock.now();
		const take = async (again: boolean) =>
			(await slots.acquire({ weight: 1, mostTasks: 0, again, from, patienceMs: HOUR })) as Lease;
		slots.slowDown(await take(false));
		let went = false;
		void take(true).then(() => (went = true));
		await clock.advance(1_100);
		expect(went).toBe(true);
	},
);

describe('the slot of a task is wanted', () => {
	test('while a create waits that a task has ended', async () => {
		const { slots, ask, running } = await full(2);
		expect(slots.isWanted).toBe(false);
		void ask();
		expect(slots.isWanted).toBe(true);
		slots.release(running[0]!);
		await settle();
		expect(slots.isWanted).toBe(false);
	});

	test('not while creates wait for the answers to others, nor in a pause that the service asks for', async () => {
		const hurried = account();
		for (let task = 0; task < 6; task += 1) void hurried.ask();
		await settle();
		expect(hurried.slots.isWanted).toBe(false);

		const { slots, ask, taken, last, clock } = await full(2);
		await clock.advance(PROBE);
		await ask();
		expect(taken).toHaveLength(1);
		slots.slowDown(last(), refusal({ retryAfterMs: MINUTE }));
		for (let task = 0; task < 2; task += 1) void ask();
		expect(slots.isWanted).toBe(false);
		await clock.advance(MINUTE);
		// One goes as a probe, the other waits.
		expect(slots.isWanted).toBe(true);
	});
});

/** What has become of a request by now. */
async function stateOf(asked: Promise<unknown>): Promise<'waiting' | 'ended'> {
	return await Promise.race([asked.then(() => 'ended' as const), settle().then(() => 'waiting' as const)]);
}

describe('a service that asks for a pause of a day', () => {
	test.each(['refuse', 'slowDown'] as const)('is asked again after five minutes (%s)', async (how) => {
		const { slots, ask, taken, clock, last } = account();
		await ask();
		slots[how](last(), refusal({ retryAfterMs: 24 * HOUR }));
		void ask();
		await clock.advance(5 * MINUTE - 1);
		expect(taken).toHaveLength(1);
		await clock.advance(1);
		expect(taken).toHaveLength(2);
	});

	test('is the reason why nothing is accepted, until something is', async () => {
		const { slots, ask, clock, last } = account();
		await ask();
		expect(slots.whyNot).toBeUndefined();
		const why = refusal({ retryAfterMs: 1 });
		slots.slowDown(last(), why);
		expect(slots.whyNot).toBe(why);
		void ask();
		await clock.advance(1);
		slots.accept(last());
		expect(slots.whyNot).toBeUndefined();
	});
});
