import type { Background } from '../core/background';
import type { Strike } from '../core/faults';

const DAY = 86_400_000;

/** Waits as long as the faults want that strike a request: before or after the work, or both. */
export async function delayed({ gentle, replaced }: Strike, background: Background, part?: 'before' | 'after') {
	for (const { kind, after, ms } of gentle) {
		if (kind !== 'delay' || (part && part !== (after ? 'after' : 'before'))) continue;
		await (ms === undefined ? background.sleep(DAY, replaced) : background.sleep(ms));
	}
}
