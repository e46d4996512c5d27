import { createHash } from 'crypto';
import type { IDataObject } from 'n8n-workflow';

import { asRecord, asText } from '../json';

/** Characters of an ID's hash: 48 bits, so that 50,000 remembered tasks hide a new one once in five billion. */
const HASH_LENGTH = 8;

/** Tasks are remembered in periods of this length, in ms, and forgotten a period at a time. */
const PERIOD_MS = 10 * 60_000;

/** Most tasks remembered, which is 400 KB. The periods before that are forgotten together. */
export const MOST_REMEMBERED = 50_000;

/** The tasks that a trigger is done with, by the time of what was reported. Small enough for n8n's static data. */
export class Reported {
	private readonly known = new Set<string>();
	/** Hashes of a period, one behind the other, by the number of the period. */
	private readonly periods = new Map<number, string>();

	/** As toJson() wrote it; what is malformed is left out. */
	constructor(stored: unknown = {}) {
		for (const [period, hashes] of Object.entries(asRecord(stored))) {
			const text = asText(hashes) ?? '';
			if (!Number.isInteger(Number(period)) || text.length % HASH_LENGTH !== 0) continue;
			this.periods.set(Number(period), text);
			for (let at = 0; at < text.length; at += HASH_LENGTH) this.known.add(text.slice(at, at + HASH_LENGTH));
		}
	}

	has(taskId: string): boolean {
		return this.known.has(hashOf(taskId));
	}

	/** `moment` in ms since the epoch. */
	add(taskId: string, moment: number): void {
		const hash = hashOf(taskId);
		if (this.known.has(hash)) return;
		const period = periodOf(moment);
		this.known.add(hash);
		this.periods.set(period, (this.periods.get(period) ?? '') + hash);
	}

	/** Forgets the periods that ended before `moment`. */
	forgetBefore(moment: number): void {
		for (const period of [...this.periods.keys()]) if (period < periodOf(moment)) this.forget(period);
	}

	/**
	 * Forgets the oldest periods until there is room again; gives the moment before which nothing is remembered, or
	 * undefined when nothing had to go.
	 */
	shrink(most = MOST_REMEMBERED): number | undefined {
		let end: number | undefined;
		while (this.known.size > most) {
			const oldest = Math.min(...this.periods.keys());
			this.forget(oldest);
			end = (oldest + 1) * PERIOD_MS;
		}
		return end;
	}

	get size(): number {
		return this.known.size;
	}

	toJson(): IDataObject {
		return Object.fromEntries(this.periods);
	}

	private forget(period: number): void {
		const text = this.periods.get(period) ?? '';
		for (let at = 0; at < text.length; at += HASH_LENGTH) this.known.delete(text.slice(at, at + HASH_LENGTH));
		this.periods.delete(period);
	}
}

function periodOf(moment: number): number {
	return Math.floor(moment / PERIOD_MS);
}

function hashOf(taskId: string): string {
	return createHash('sha256').update(taskId).digest('base64url').slice(0, HASH_LENGTH);
}
