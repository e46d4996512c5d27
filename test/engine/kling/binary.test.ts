/** Images of several MB, in and out, wherever n8n keeps binaries. */
import sharp from 'sharp';
import { expect, it } from 'vitest';

import { startHarness } from '../../harness/index.ts';
import { expand, file, itemsOf, KLING, start } from './support.ts';

const MB = 1024 * 1024;
const { control, provider } = await start({ resultBytes: 5 * MB });

// Noise does not compress: about 5 MB as PNG.
const noise = await sharp({
	create: {
		width: 1300,
		height: 1300,
		channels: 3,
		background: '#000',
		noise: { type: 'gaussian', mean: 128, sigma: 60 },
	},
})
	.png()
	.toBuffer();

it.each(['filesystem', 'default'] as const)('mode %s', async (binaryMode) => {
	expect(noise.length).toBeGreaterThan(4 * MB);
	const n8n = await startHarness({ binaryMode });
	const result = await n8n.run({
		node: KLING,
		parameters: expand({ n: 2, upExpansionRatio: 0.1 }),
		items: [{ binary: { data: file(noise, 'noise.png', 'image/png') } }],
		credentials: provider.credentials,
	});
	const [item] = itemsOf(result);
	expect(control.ledger()[0]?.request.image).toMatchObject({ bytes: noise.length, width: 1300 });
	for (const name of ['image', 'image_1']) {
		const image = await result.binary(item, name);
		expect(image.length).toBeGreaterThanOrEqual(5 * MB);
		expect(await sharp(image).metadata()).toMatchObject({ width: 1300, height: 1430 });
		expect(item?.binary?.[name]?.id !== undefined).toBe(binaryMode === 'filesystem');
	}
});
