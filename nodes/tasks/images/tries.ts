import { backoff } from '../http/client';
import type { ItemContext } from '../item/context';
import type { Miss } from './fetch';

const TRIES = 6;
const BACKOFF_MS = 500;

/** Tries until an image is there, or until it is plain that it never will be: six tries with growing pauses. */
export async function tryAgain<T extends object>(
	{ clock, signal }: ItemContext,
	once: () => Promise<T | Miss>,
): Promise<T | Miss> {
	for (let attempt = 1; ; attempt += 1) {
		const result = await once();
		if (!isMiss(result) || !result.again || attempt >= TRIES || signal?.aborted) return result;
		await clock.pause(backoff(clock, attempt, BACKOFF_MS), signal);
	}
}

function isMiss(result: object): result is Miss {
	return 'problem' in result;
}
