// Loaded into every n8n of the soak: collects all garbage now and then, and writes down how many bytes are held after it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

const EVERY_MS = 5_000;
/** Memory of buffers is given back beside the program, a moment later. */
const AFTER_MS = 50;

// Not into the processes that n8n is started by or starts.
if (process.argv[1]?.endsWith('n8n')) {
	setFlagsFromString('--expose-gc');
	const collect = runInNewContext('gc');
	const file = join(process.env.N8N_USER_FOLDER, 'held');
	const note = () => {
		const { heapUsed, external } = process.memoryUsage();
		writeFileSync(file, String(heapUsed + external));
	};
	setInterval(() => {
		collect();
		setTimeout(note, AFTER_MS).unref();
	}, EVERY_MS).unref();
}
