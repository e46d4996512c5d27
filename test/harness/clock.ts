/** The time that the loaded package lives by: a test can let it run faster than real time. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Where the built package keeps its clock, in a file of its own for this purpose (gulpfile.js). */
const CLOCK = 'dist/nodes/tasks/util/clock.js';

interface PackageClock {
	now(): number;
	pause(ms: number, signal?: AbortSignal): Promise<void>;
}

export type SetSpeed = (speed: number) => void;

/** For a package that has just been loaded. Time never jumps and never runs backwards, however often its speed changes. */
export function controlClock(folder: string): SetSpeed {
	const clock = clockOf(folder);
	let speed = 1;
	let since = { real: 0, told: 0 };
	const now = () => since.told + (Date.now() - since.real) * speed;

	return (faster) => {
		if (faster === speed) return;
		if (!clock) throw new Error(`The package has no ${CLOCK}`);
		const { pause } = clock;
		since = { real: Date.now(), told: since.real === 0 ? Date.now() : now() };
		speed = faster;
		Object.assign(clock.system, {
			now,
			pause: async (ms: number, signal?: AbortSignal) => await pause(ms / speed, signal),
		});
	};
}

function clockOf(folder: string) {
	if (!existsSync(join(folder, CLOCK))) return undefined;
	const { systemClock: system } = createRequire(join(folder, 'package.json'))(`./${CLOCK}`) as {
		systemClock: PackageClock;
	};
	return { system, pause: system.pause.bind(system) };
}
