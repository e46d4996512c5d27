import { readFile } from 'node:fs/promises';
import type { World } from './world';

/** Nobody has caught it. */
const UNHANDLED = /unhandled|uncaught/i;

/** Lines of the instances' logs that tell of an error which nobody has caught. */
export async function unhandledIn(world: World): Promise<string[]> {
	return await linesWith(world, UNHANDLED);
}

/** What the instances say of an execution. */
export async function linesOn(world: World, executionId: string): Promise<string[]> {
	return await linesWith(world, new RegExp(`execution.*\\b${executionId}\\b|webhook-waiting/${executionId}\\b`, 'i'));
}

async function linesWith({ queue }: World, pattern: RegExp): Promise<string[]> {
	const logs = await Promise.all(
		[queue.main, ...queue.workers].map(async ({ name, logFile }) => {
			const lines = (await readFile(logFile, 'utf8')).split('\n');
			return lines.flatMap((line, at) => (pattern.test(line) ? [`${name}, line ${at + 1}: ${line}`] : []));
		}),
	);
	return logs.flat();
}
