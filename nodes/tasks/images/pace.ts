/**
 * The least that must arrive, in bytes, in each stretch of time, in ms: 9 kB/s, so that nine images at once come over a
 * line of 1 Mbit/s, and one that drips gives its place back after half a minute.
 */
const LEAST_BYTES = 256 * 1024;
const STRETCH_MS = 30_000;

/** Watches how fast a file comes. A timeout of the connection does not: each byte, however late, starts it anew. */
export class Pace {
	/** True once it was too slow. */
	isTooSlow = false;
	private timer?: AbortSignal;
	private bytes = 0;

	/** `giveUp` is called once when it is too slow. */
	constructor(private readonly giveUp: () => void) {}

	/** The answer must begin within this time, in ms. */
	awaitAnswer(ms: number): void {
		this.allow(ms);
	}

	/** The answer has begun. */
	begin(): void {
		this.allow(STRETCH_MS);
	}

	/** So many bytes have arrived. */
	arrived(bytes: number): void {
		this.bytes += bytes;
		if (this.bytes >= LEAST_BYTES) this.allow(STRETCH_MS);
	}

	/** There is nothing more to wait for. */
	end(): void {
		this.timer = undefined;
	}

	private allow(ms: number): void {
		const timer = AbortSignal.timeout(ms);
		this.timer = timer;
		this.bytes = 0;
		timer.addEventListener('abort', () => {
			if (this.timer !== timer) return;
			this.isTooSlow = true;
			this.giveUp();
		});
	}
}
