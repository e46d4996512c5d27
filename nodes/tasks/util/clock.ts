import { sleep } from 'n8n-workflow';

/** Time as the engine sees it. Tests bring their own, so that no test waits. */
export interface Clock {
	/** Now, in ms since the epoch. */
	now(): number;
	/** Resolves after `ms` milliseconds, or as soon as `signal` is aborted. Never rejects. */
	pause(ms: number, signal?: AbortSignal): Promise<void>;
	/** A random number in [0, 1), for jitter. */
	random(): number;
}

/** How often a host whose `sleep` knows no signal looks at it, in ms. Stop must end waiting within 1 s. */
const SIGNAL_CHECK_MS = 250;

/** The real clock of the host n8n. */
export const systemClock: Clock = {
	now: () => Date.now(),
	random: () => Math.random(),
	async pause(ms, signal) {
		const end = Date.now() + ms;
		// sleep() takes a signal only since n8n-workflow 2.36; 1.123 ignores it.
		if (sleep.length > 1 || !signal) {
			await sleep(Math.max(0, ms), signal).catch(() => undefined);
			return;
		}
		while (!signal.aborted && Date.now() < end) {
			await sleep(Math.min(SIGNAL_CHECK_MS, end - Date.now()));
		}
	},
};

/** Longest time that a timer can be set for, in ms: with a longer one it would ring at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A signal that is aborted after `ms` milliseconds of wall-clock time. It keeps no process alive. */
export function timeLimit(ms: number): AbortSignal {
	return AbortSignal.timeout(Math.min(LONGEST_TIMER_MS, Math.ceil(ms)));
}
