/**
 * (e2) Live memory while 200 items with a picture of 5 MB each go through Create and download results of 5 MB. A
 * server cannot be told to collect, so this one runs n8n's engine in a process of its own (memory-child.ts) that
 * collects before each sample; the simulator stays in this one.
 */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { startProvider } from '../sandbox/provider/index.ts';
import type { Row } from './setup/stats.ts';
import type { World } from './setup/world.ts';

const LIMIT_MB = 300;
const child = fileURLToPath(new URL('memory-child.ts', import.meta.url));

export async function benchMemory(world: World): Promise<Row[]> {
	const above: number[] = [];
	for (let run = 0; run < (world.quick ? 1 : 3); run += 1) {
		const provider = await startProvider({ taskMs: [500, 1_000], slots: 50, resultBytes: 5_000_000 });
		const { restMb, peakMb } = JSON.parse(await output(provider.url, world.quick ? '40' : '200')) as Record<
			string,
			number
		>;
		await provider.stop();
		above.push(peakMb! - restMb!);
	}
	const items = world.quick ? 40 : 200;
	return [
		{
			bench: `e2. ${items} items, 5 MB in, 5 MB out`,
			measure: 'live memory above rest',
			unit: 'MB',
			ours: above,
			atMost: LIMIT_MB,
		},
	];
}

async function output(url: string, items: string): Promise<string> {
	const process_ = spawn(process.execPath, ['--expose-gc', '--import', 'tsx', child, url, items], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	let text = '';
	process_.stdout.on('data', (chunk) => (text += String(chunk)));
	const code = await new Promise((resolve) => process_.on('close', resolve));
	if (code !== 0) throw new Error(`The memory bench ended with ${String(code)}: ${text}`);
	return text.trim().split('\n').at(-1) ?? '';
}
