/** A repeatable source of chance. */
export interface Random {
	/** The next number, 0 inclusive to 1 exclusive. */
	next(): number;
	/** Starts the sequence of a seed from its beginning. */
	reseed(seed: number): void;
}

/** Random numbers that are the same for the same seed (mulberry32). */
export function seededRandom(seed: number): Random {
	let state = seed >>> 0;
	return {
		next() {
			state = (state + 0x6d2b79f5) >>> 0;
			let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
			mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
			return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
		},
		reseed(next) {
			state = next >>> 0;
		},
	};
}

/** The items in another order (Fisher–Yates); the input stays as it was. */
export function shuffled<T>(items: readonly T[], random: Random): T[] {
	const result = [...items];
	for (let last = result.length - 1; last > 0; last--) {
		const other = Math.floor(random.next() * (last + 1));
		[result[last], result[other]] = [result[other]!, result[last]!];
	}
	return result;
}
