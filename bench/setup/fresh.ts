import { setTimeout as sleep } from 'node:timers/promises';

import type { Workflow } from '../../sandbox/n8n/workflow.ts';
import { memoryOf, resetPeak } from './process.ts';
import type { Measured, World } from './world.ts';

/** How long a started server may finish what its start has left to do, in ms. */
const SETTLE_MS = 3_000;

/**
 * Restarts n8n, warms it with one workflow and measures another one. `aboveMb` is the peak of its resident memory above
 * what was resident before the measured workflow, in MB.
 */
export async function inFreshServer(
	world: World,
	warmUp: Workflow,
	measured: Workflow,
): Promise<Measured & { aboveMb: number }> {
	await world.restart();
	await world.run(warmUp);
	await sleep(SETTLE_MS);
	const pid = world.n8nPid();
	resetPeak(pid);
	const { nowMb } = memoryOf(pid);
	const result = await world.run(measured);
	return { ...result, aboveMb: result.peakMb - nowMb };
}
