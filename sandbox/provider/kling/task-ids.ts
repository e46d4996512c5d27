import type { Random } from '../core/random';

const epoch = Date.UTC(2020, 0, 1);

/**
 * Makes task IDs of 18 digits, as the service does (docs/services/kling.md, Task fields): greater than 2^53, ascending,
 * and always odd, so that none survives being read as a JavaScript number.
 */
export function taskIds(random: Random): () => string {
	let last = 0n;
	return () => {
		const time = BigInt(Date.now() - epoch) << 21n;
		const drawn = time + BigInt(Math.floor(random.next() * 2 ** 20)) * 2n + 1n;
		last = drawn > last ? drawn : last + 2n;
		return String(last);
	};
}
