import type { Clock } from '../../../nodes/tasks/util/clock';

/** Time that stands still until a test moves it; pauses end in their order, or at an abort. */
export class ManualClock implements Clock {
	protected time = 1_700_000_000_000;
	private readonly timers = new Set<{ at: number; ring(): void }>();

	now(): number {
		return this.time;
	}

	random(): number {
		return 1;
	}

	async pause(ms: number, signal?: AbortSignal): Promise<void> {
		if (signal?.aborted || ms <= 0) return;
		await new Promise<void>((resolve) => {
			const timer = { at: this.time + ms, ring: () => this.end(timer, resolve) };
			this.timers.add(timer);
			signal?.addEventListener('abort', timer.ring);
		});
	}

	/** Pauses that nobody has ended: what a timer left behind would be. */
	get pending(): number {
		return this.timers.size;
	}

	/** Moves on by `ms`, stopping at each pause that ends on the way. */
	async advance(ms: number): Promise<void> {
		const goal = this.time + ms;
		for (;;) {
			await settle();
			const next = [...this.timers].sort((a, b) => a.at - b.at)[0];
			if (!next || next.at > goal) break;
			this.time = next.at;
			next.ring();
		}
		this.time = goal;
		await settle();
	}

	private end(timer: { at: number; ring(): void }, resolve: () => void): void {
		this.timers.delete(timer);
		resolve();
	}
}

/** Lets everything that is ready to go on do so, also the streams of answers. */
export async function settle(): Promise<void> {
	for (let turn = 0; turn < 3; turn += 1) await new Promise<void>((resolve) => setImmediate(resolve));
}
