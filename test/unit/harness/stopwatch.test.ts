import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';

import { startStopwatch } from '../../harness/stopwatch.ts';

test('waiting counts', async () => {
	const watch = startStopwatch();
	for (let count = 0; count < 30; count += 1) await sleep(10);
	expect(watch.stop()).toBeGreaterThan(200);
});

test('computing counts, also when no tick comes through', () => {
	const watch = startStopwatch();
	const computed = process.cpuUsage();
	while (process.cpuUsage(computed).user < 100_000);
	expect(watch.stop()).toBeGreaterThanOrEqual(100);
});

test('it never tells more than what has passed', async () => {
	const started = performance.now();
	const watch = startStopwatch();
	await sleep(100);
	const told = watch.stop();
	expect(told).toBeLessThanOrEqual(performance.now() - started);
});
