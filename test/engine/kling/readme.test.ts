/** The workflow that the README tells to paste makes an image, with no change but the credential. */
import { readFileSync } from 'node:fs';
import type { INodeParameters } from 'n8n-workflow';
import { expect, it } from 'vitest';

import { HELPER } from '../../harness/index.ts';
import { KLING, start } from './support.ts';

const { n8n, provider } = await start();

interface Pasted {
	nodes: Array<{ name: string; type: string; typeVersion: number; parameters: INodeParameters }>;
	connections: Record<string, { main: Array<Array<{ node: string }>> }>;
}

const readme = readFileSync(new URL('../../../README.md', import.meta.url), 'utf8');
const pasted = JSON.parse(/```json\n([^]*?)```/.exec(readme)?.[1] ?? '') as Pasted;

it('makes one image for the units that the README names', async () => {
	const own = pasted.nodes.find(({ type }) => type === KLING)!;
	const execution = await n8n.runWorkflow(
		{
			// n8n's own nodes are not in this harness: the Manual Trigger gives one empty item.
			nodes: pasted.nodes.map((node) => (node === own ? node : { name: node.name, type: HELPER.start })),
			connections: Object.entries(pasted.connections).flatMap(([from, { main }]) =>
				main.flat().map(({ node }): [string, string] => [from, node]),
			),
		},
		{ credentials: provider.credentials },
	);
	expect(execution.status).toBe('success');
	const [item, ...others] = execution.output(own.name);
	expect(others).toEqual([]);
	expect(item?.json).toMatchObject({ status: 'succeeded', images: [{ binaryField: 'image' }], unitsDeducted: 8 });
	expect(item?.binary?.image?.mimeType).toMatch(/^image\//);
	expect(readme).toContain(`(${String(item?.json.unitsDeducted)} units, $0.028 by the list)`);
});
