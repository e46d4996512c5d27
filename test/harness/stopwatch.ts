/** Time as this process had it: a busy machine leaves a process waiting, which says nothing of what is tested. */

/** Between two ticks, in ms. */
const TICK = 10;

export interface Stopwatch {
	/** Ends it, and tells ms: what has passed or, if that is less, how long the process computed or could have done so. */
	stop(): number;
}

export function startStopwatch(): Stopwatch {
	const started = performance.now();
	const computed = process.cpuUsage();
	let ticks = 0;
	// Ticks that the machine had no time for are not made up for.
	const timer = setInterval(() => (ticks += 1), TICK).unref();
	return {
		stop() {
			clearInterval(timer);
			const { user, system } = process.cpuUsage(computed);
			return Math.min(performance.now() - started, (ticks + 1) * TICK + (user + system) / 1_000);
		},
	};
}
