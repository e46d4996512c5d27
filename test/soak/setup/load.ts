import { setTimeout as sleep } from 'node:timers/promises';
import type { Way } from './ways';
import type { World } from './world';
import { chance } from './chance';

/** Orders a minute that callers place, if n8n keeps up. Each has one or two items on the average. */
const ORDERS_A_MINUTE = 75;
/** Callers stop while so many executions wait for a worker. */
const MOST_WAITING = 15;
/** A share of the orders is refused by the service's censors. */
const FAILS = [
	{ weight: 24, mark: '' },
	{ weight: 1, mark: '-fails' },
];

/** What was placed. */
export interface Placed {
	orders: number;
	items: number;
	/** Orders for which n8n gave no receipt. They may have been taken all the same, so nobody places them again. */
	unanswered: number;
}

/** The mark of an order whose task fails at the service. */
export const FAILING = '-fails';

/** Places orders until a time, at random moments, each with one of the workflows. */
export async function placeOrders(world: World, ways: Way[], seed: number, endsAt: number): Promise<Placed> {
	const draw = chance(seed, 'load');
	const placed: Placed = { orders: 0, items: 0, unanswered: 0 };
	const calls: Array<Promise<void>> = [];
	const clear = backlogWatch(world, endsAt);
	while (Date.now() < endsAt) {
		const way = draw.oneOf(ways);
		const count = Math.floor(draw.between(1, way.items + 1));
		placed.orders += 1;
		placed.items += count;
		const mark = way.name === 'recipe' ? '' : draw.oneOf(FAILS).mark;
		const orders = Array.from({ length: count }, (_, item) => ({ order: `order-${placed.orders}-${item + 1}${mark}` }));
		const call = world.n8n.callWebhook(way.path, { orders }, 60_000).then(
			({ status }) => status === 200,
			() => false,
		);
		calls.push(call.then((taken) => void (placed.unanswered += taken ? 0 : 1)));
		await sleep((draw.between(0, 2) * 60_000) / ORDERS_A_MINUTE);
		await clear();
	}
	await Promise.all(calls);
	return placed;
}

/** Gives what resolves when few executions wait for a worker; looks once a second at most. */
function backlogWatch({ queue }: World, endsAt: number): () => Promise<void> {
	let lookedAt = 0;
	let waiting = 0;
	return async () => {
		do {
			if (Date.now() - lookedAt < 1_000) {
				if (waiting <= MOST_WAITING) return;
				await sleep(1_000);
			}
			lookedAt = Date.now();
			waiting = await queue.jobs().then(
				(jobs) => jobs.waiting,
				() => Infinity, // Redis is down
			);
		} while (waiting > MOST_WAITING && Date.now() < endsAt);
	};
}
