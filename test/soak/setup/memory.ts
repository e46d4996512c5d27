import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Instance } from '../../../sandbox/n8n/instance';
import { groupBy } from './groups';
import type { World } from './world';

/** Memory of an instance at some moment, and how many executions it had been through. */
export interface Sample {
	/** ms since the start of the load. */
	atMs: number;
	executions: number;
	/** What JavaScript holds when all garbage has just been collected: its heap, and the buffers beside it. */
	heldMb: number;
	/** What the process has of the machine: that, and what the allocator keeps for later. */
	residentMb: number;
}

/** One of both over time. */
export interface Course {
	/** MB for each 1,000 executions. */
	growth: number;
	/** The least of each minute, MB. */
	leastMb: number[];
}

/** How memory has grown. */
export interface Growth {
	held: Course;
	resident: Course;
	/** Executions that it was taken from. */
	executions: number;
}

/** In the first minutes everything is still new. */
const FROM_MS = 5 * 60_000;
const EVERY_MS = 5_000;
const WINDOW_MS = 60_000;

/** Of fewer minutes, or of fewer executions, a few MB of noise would be told as a growth of many for each 1,000. */
const ENOUGH = { minutes: 10, executions: 1_000 };

/**
 * The growth since a time in ms. Of each minute only the least counts, which is near what is held for good: what running
 * executions need comes on top. Through these the line is laid whose slope is the median of the slopes
 * between any two (Theil and Sen), so that a minute in which many executions were running does not bend it.
 */
export function growth(samples: Sample[], fromMs: number): Growth {
	const later = samples.filter(({ atMs }) => atMs >= fromMs);
	const windows = [...groupBy(later, ({ atMs }) => Math.floor((atMs - fromMs) / WINDOW_MS)).values()];
	const course = (of: (sample: Sample) => number): Course => {
		const least = windows.map((window) => window.reduce((low, one) => (of(one) < of(low) ? one : low)));
		const slopes = least.flatMap((one, index) =>
			least
				.slice(index + 1)
				.filter((other) => other.executions > one.executions)
				.map((other) => (1000 * (of(other) - of(one))) / (other.executions - one.executions)),
		);
		return { growth: median(slopes), leastMb: least.map(of) };
	};
	return {
		held: course(({ heldMb }) => heldMb),
		resident: course(({ residentMb }) => residentMb),
		executions: (later.at(-1)?.executions ?? 0) - (later[0]?.executions ?? 0),
	};
}

/** Whether a growth tells more than noise. */
export function isTelling({ held, executions }: Growth): boolean {
	return held.leastMb.length >= ENOUGH.minutes && executions >= ENOUGH.executions;
}

function median(values: number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = sorted.length / 2;
	return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}

/** Watches main and the worker that nobody kills after the first minutes, until the signal; gives the samples by name. */
export async function watchMemory({ queue }: World, signal: AbortSignal): Promise<Map<string, Sample[]>> {
	const startedAt = Date.now();
	const watched = [queue.main, queue.workers.at(-1)!];
	const samples = new Map(watched.map(({ name }) => [name, [] as Sample[]]));
	while (!signal.aborted) {
		const atMs = Date.now() - startedAt;
		for (const instance of watched) {
			const metrics = await instance.metrics().catch(() => undefined); // being started
			// Written by collect.mjs, in bytes.
			const held = Number(await readFile(join(instance.folder, 'held'), 'utf8').catch(() => undefined));
			if (metrics === undefined || !(held > 0)) continue;
			const residentMb = metrics.n8n_process_resident_memory_bytes! / 2 ** 20;
			const executions = await endedOn(instance === queue.main ? queue.workers : [instance]);
			samples.get(instance.name)!.push({ atMs, executions, heldMb: held / 2 ** 20, residentMb });
		}
		await sleep(EVERY_MS, undefined, { signal }).catch(() => undefined);
	}
	return samples;
}

/** Executions that these workers say to have ended; the main has to do with all of them. */
async function endedOn(workers: Instance[]): Promise<number> {
	const logs = await Promise.all(workers.map(async ({ logFile }) => await readFile(logFile, 'utf8')));
	return logs.reduce(
		(sum, log) => sum + (log.match(/Worker (finished|errored while running) execution/g)?.length ?? 0),
		0,
	);
}

/** The growth of each instance since everything has been there once. */
export function growths(samples: Map<string, Sample[]>): Map<string, Growth> {
	return new Map([...samples].map(([name, own]) => [name, growth(own, FROM_MS)]));
}
