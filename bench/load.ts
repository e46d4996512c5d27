/**
 * (f) What a server's start pays for loading the package: `require` of all its nodes and credentials in a fresh
 * process that has n8n-workflow already, with the Node.js that n8n runs with. Beside it the HTTP Request node.
 */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { ensureN8n } from '../sandbox/n8n/install.ts';
import { inPairs, type Row } from './setup/stats.ts';
import type { World } from './setup/world.ts';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));

export async function benchLoad(world: World): Promise<Row[]> {
	const { nodeBin, dir } = await ensureN8n(world.log);
	const load = async (folder: string, ...files: string[]) => {
		const { stdout } = await run(nodeBin, [join(here, 'load-child.cjs'), folder, ...files]);
		return Number(stdout);
	};
	const http = join('dist', 'nodes', 'HttpRequest', 'HttpRequest.node.js');
	const { ours, theirs } = await inPairs(
		world.quick ? 5 : 15,
		async () => await load(join(here, '..')),
		async () => await load(join(dir, 'node_modules', 'n8n-nodes-base'), http),
	);
	return [{ bench: 'f. loading', measure: 'require, all nodes and credentials', unit: 'ms', ours, theirs, atMost: 30 }];
}
