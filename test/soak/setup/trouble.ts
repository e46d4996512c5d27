import { setTimeout as sleep } from 'node:timers/promises';
import { everyFault } from '../../chaos/faults';
import type { World } from './world';
import { chance } from './chance';

/** Something that goes wrong. Times are ms, from the start of the load. */
export type Trouble = { atMs: number } & (
	| { kind: 'kill'; worker: number; downMs: number }
	| { kind: 'redis'; downMs: number }
	| { kind: 'provider'; downMs: number }
	/** From now on this share of the simulator's answers is spoilt. */
	| { kind: 'weather'; share: number }
);

type Kind = Trouble['kind'];

/** How far apart troubles of a kind are, in seconds. */
const APART: Record<Kind, [number, number]> = {
	// n8n's main keeps the data of what a killed worker was at until its lock ends: that is part of the growth of memory.
	kill: [50, 110],
	redis: [70, 180],
	provider: [60, 150],
	weather: [10, 40],
};

/** Answers are spoilt so often; mostly they are not. */
const WEATHER = [
	{ weight: 5, share: 0 },
	{ weight: 3, share: 0.05 },
	{ weight: 1, share: 0.2 },
];

/** Until then every worker has its turn; later only the first, since memory is judged by one that lives on. */
export const EVERY_UNTIL_MS = 3 * 60_000;

/** What goes wrong in so many minutes, each kind in order of time. The same for the same seed. */
export function troubles(seed: number, minutes: number, workers: number): Record<Kind, Trouble[]> {
	const endMs = minutes * 60_000;
	const of = (kind: Kind, what: (atMs: number, draw: ReturnType<typeof chance>) => Trouble) => {
		const draw = chance(seed, kind);
		const [least, most] = APART[kind];
		const all: Trouble[] = [];
		for (let second = draw.between(least / 2, least); second * 1000 < endMs; second += draw.between(least, most)) {
			all.push(what(Math.round(second * 1000), draw));
		}
		return all;
	};
	let next = 0;
	return {
		kill: of('kill', (atMs, draw) => {
			const worker = atMs < EVERY_UNTIL_MS ? next++ % workers : 0;
			return { atMs, kind: 'kill', worker, downMs: draw.between(0, 5_000) };
		}),
		redis: of('redis', (atMs, draw) => ({ atMs, kind: 'redis', downMs: draw.between(300, 4_000) })),
		provider: of('provider', (atMs, draw) => ({ atMs, kind: 'provider', downMs: draw.between(2_000, 8_000) })),
		weather: of('weather', (atMs, draw) => ({ atMs, kind: 'weather', share: draw.oneOf(WEATHER).share })),
	};
}

/** How often each kind of trouble was made. */
export type Made = Record<Kind, number>;

/** Makes them as time goes on, each kind one after the other. Resolves when all is up again and no answer is spoilt. */
export async function makeTrouble(world: World, all: Record<Kind, Trouble[]>, endsAt: number): Promise<Made> {
	const startedAt = Date.now();
	const made: Made = { kill: 0, redis: 0, provider: 0, weather: 0 };
	const lanes = Object.values(all).map(async (lane) => {
		for (const trouble of lane) {
			// A late one is made at once, so that a slow machine has as many of them as there is time for.
			await sleep(Math.max(0, startedAt + trouble.atMs - Date.now()));
			if (Date.now() >= endsAt) break;
			await make(world, trouble);
			made[trouble.kind] += 1;
		}
	});
	await Promise.all(lanes);
	world.provider.faults([]);
	return made;
}

async function make({ queue, redis, service, provider }: World, trouble: Trouble): Promise<void> {
	switch (trouble.kind) {
		case 'kill': {
			const worker = queue.workers[trouble.worker]!;
			await worker.kill();
			await sleep(trouble.downMs);
			return await worker.start();
		}
		case 'redis':
			return await redis.restart(trouble.downMs);
		case 'provider':
			return await service.restart(trouble.downMs);
		case 'weather':
			return provider.faults(trouble.share === 0 ? [] : everyFault(trouble.share));
	}
}
