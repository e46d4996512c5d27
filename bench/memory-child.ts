/** Started by memory.ts: runs the items in n8n's engine and prints what was alive, in MB, at rest and at most. */
import { randomBytes } from 'node:crypto';

import sharp from 'sharp';

import { startHarness } from '../test/harness/index.ts';
import { klingCredentials } from '../test/harness/kling-credentials.ts';

const SAMPLE_MS = 200;
const PICTURE = { width: 1_300, height: 1_280, channels: 3 as const };

const [url = '', items = ''] = process.argv.slice(2);
const collect = globalThis.gc;
if (!collect) throw new Error('Run with --expose-gc');

// Noise does not compress: three bytes a pixel make 5 MB.
const buffer = await sharp(randomBytes(PICTURE.width * PICTURE.height * 3), { raw: PICTURE })
	.png()
	.toBuffer();
const n8n = await startHarness({ binaryMode: 'filesystem' });

/** All items share one buffer; n8n writes it to its storage for each of them. */
async function create(count: number): Promise<void> {
	const run = await n8n.run({
		node: 'n8n-nodes-kling-aliyun.kling',
		parameters: { resource: 'imageExpansion', operation: 'create', expansionMode: 'ratios', upExpansionRatio: 0.5 },
		items: Array.from({ length: count }, () => ({
			json: {},
			binary: { data: { buffer, fileName: 'noise.png', mimeType: 'image/png' } },
		})),
		credentials: klingCredentials(url),
	});
	const files = run.items.filter((item) => item.binary?.image?.id !== undefined).length;
	if (files !== count) throw new Error(`${files} pictures of ${count}: ${run.error?.message ?? run.status}`);
}

function liveMb(): number {
	collect?.();
	const { heapUsed, external } = process.memoryUsage();
	return (heapUsed + external) / 1_048_576;
}

await create(1);
const restMb = liveMb();
let peakMb = restMb;
const sampler = setInterval(() => (peakMb = Math.max(peakMb, liveMb())), SAMPLE_MS);
await create(Number(items));
clearInterval(sampler);
await n8n.stop();
console.log(JSON.stringify({ restMb, peakMb }));
