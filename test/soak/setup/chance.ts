import { seededRandom } from '../../../sandbox/provider/core/random';

/** Chances that are the same for the same seed; `name` gives each use a sequence of its own. */
export interface Chance {
	/** A number from `low` to `high`. */
	between(low: number, high: number): number;
	/** One of them, each as likely as its weight says. */
	oneOf<T extends { weight: number }>(choices: readonly T[]): T;
}

export function chance(seed: number, name: string): Chance {
	const random = seededRandom([...name].reduce((sum, letter) => Math.imul(sum, 31) + letter.charCodeAt(0), seed));
	return {
		between: (low, high) => low + random.next() * (high - low),
		oneOf(choices) {
			let left = random.next() * choices.reduce((sum, { weight }) => sum + weight, 0);
			return choices.find(({ weight }) => (left -= weight) < 0) ?? choices.at(-1)!;
		},
	};
}
