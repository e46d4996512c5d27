import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { systemClock } from '../../../../nodes/tasks/util/clock';

/** The same clock on n8n 1.123, whose sleep knows no signal. */
vi.doMock('n8n-workflow', () => ({
	sleep: async (ms: number) => await new Promise<void>((resolve) => void setTimeout(resolve, ms)),
}));
vi.resetModules();
const { systemClock: clockOn1 } = await import('../../../../nodes/tasks/util/clock');

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe.each([
	['n8n 2', systemClock],
	['n8n 1', clockOn1],
] as const)('a pause on %s', (_, clock) => {
	it('takes its time', async () => {
		const start = clock.now();
		const ended = vi.fn();
		const pause = clock.pause(3_000, new AbortController().signal).then(ended);
		await vi.advanceTimersByTimeAsync(2_999);
		expect(ended).not.toHaveBeenCalled();
		await vi.advanceTimersByTimeAsync(1);
		await pause;
		expect(clock.now() - start).toBe(3_000);
	});

	it('ends soon after Stop, and leaves no timer behind', async () => {
		const stop = new AbortController();
		const pause = clock.pause(600_000, stop.signal);
		await vi.advanceTimersByTimeAsync(1_000);
		stop.abort();
		await vi.advanceTimersByTimeAsync(250);
		await pause;
		expect(vi.getTimerCount()).toBe(0);
	});

	it('after Stop is none', async () => {
		const pause = clock.pause(600_000, AbortSignal.abort());
		await vi.advanceTimersByTimeAsync(0);
		await pause;
	});

	it('below 0 is none', async () => {
		const pause = clock.pause(-5);
		await vi.advanceTimersByTimeAsync(1);
		await pause;
	});
});
