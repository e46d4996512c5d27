import { createHash } from 'crypto';
import type { IDataObject } from 'n8n-workflow';

import { asRecord, asText } from '../../util/parse';

/** Characters of a hash: 48 bits, so that 50,000 remembered IDs hide a new one once in five billion. */
const HASH_LENGTH = 8;

/** IDs are remembered in periods of this length, in ms, and forgotten a period at a time. */
const PERIOD_MS = 10 * 60_000;

/** Most IDs remembered, which is 400 KB. The periods before that are forgotten together. */
export const MOST_REMEMBERED = 50_000;

/** The IDs that a trigger is done with, by the time of what was reported. Small enough for n8n's static data. */
export class SeenIds {
	private readonly known = new Set<string>();
	/** Hashes of a period, one behind the other, by the number of the period. */
	private readonly periods = new Map<number, string>();

	/** As toJson() wrote it; what is malformed is left out. */
	constructor(stored: unknown = {}) {
		for (const [period, hashes] of Object.entries(asRecord(stored))) {
			const text = asText(hashes) ?? '';
			if (!Number.isInteger(Number(period)) || text.length % HASH_LENGTH !== 0) continue;
			this.periods.set(Number(period), text);
			for (const hash of hashesIn(text)) this.known.add(hash);
		}
	}

	has(id: string): boolean {
		return this.known.has(shortHash(id));
	}

	/** `moment` in ms since the epoch; 0 where nothing is ever forgotten. */
	add(id: string, moment = 0): void {
		const hash = shortHash(id);
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
	 * Forgets the oldest periods until at most `most` are left; gives the moment before which nothing is remembered, or
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
		for (const hash of hashesIn(this.periods.get(period) ?? '')) this.known.delete(hash);
		this.periods.delete(period);
	}
}

/** A hash of a text in 8 characters. */
export function shortHash(text: string): string {
	return createHash('sha256').update(text).digest('base64url').slice(0, HASH_LENGTH);
}

function hashesIn(text: string): string[] {
	return Array.from({ length: text.length / HASH_LENGTH }, (_, index) =>
		text.slice(index * HASH_LENGTH, (index + 1) * HASH_LENGTH),
	);
}

function periodOf(moment: number): number {
	return Math.floor(moment / PERIOD_MS);
}
