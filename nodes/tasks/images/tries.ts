import { backoff } from '../http/client';
import type { ItemContext } from '../item/context';
import type { Miss } from './fetch';

const TRIES = 6;
const BACKOFF_MS = 500;

/**
 * Tries until an image is there, or until it is plain that it never will be: six tries with growing pauses, or as many as
 * `tries` says. `once` is told whether its result ends them.
 */
export async function tryAgain<T extends object>(
	{ clock, signal }: ItemContext,
	once: (ends: (result: T | Miss) => boolean) => Promise<T | Miss>,
	tries = TRIES,
): Promise<T | Miss> {
	for (let attempt = 1; ; attempt += 1) {
		const ends = (result: T | Miss) => !isMiss(result) || !result.again || attempt >= tries || signal?.aborted === true;
		const result = await once(ends);
		if (ends(result)) return result;
		await clock.pause(backoff(clock, attempt, BACKOFF_MS), signal);
	}
}

function isMiss(result: object): result is Miss {
	return 'problem' in result;
}
