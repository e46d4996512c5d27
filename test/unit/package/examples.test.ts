import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { readExamples } from '../../../sandbox/start/examples';

const examples = await readExamples();
const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** Placeholders that `npm start` replaces. */
const KNOWN_HOSTS = ['sandbox.example', 'n8n.example.com'];

describe.each(examples)('examples/$key.json', ({ key, workflow }) => {
	it('is listed in both READMEs', () => {
		expect(read('README.md')).toContain(`[${workflow.name}](examples/${key}.json)`);
		expect(read('examples/README.md')).toContain(`[\`${key}.json\`](${key}.json)`);
	});

	it('names credentials without an ID, and no address of anybody', () => {
		for (const { credentials = {} } of workflow.nodes)
			for (const { id } of Object.values(credentials)) expect(id).toBeNull();
		const hosts = [...JSON.stringify(workflow.nodes).matchAll(/https?:\/\/([\w.-]+)/g)].map(([, host]) => host);
		expect(hosts.filter((host) => !KNOWN_HOSTS.includes(host ?? ''))).toEqual([]);
	});

	it('lays no node on another, and none across the edge of a note', () => {
		const boxes = workflow.nodes.map(({ name, type, position: [x, y], parameters }) => {
			const isNote = type.endsWith('.stickyNote');
			return {
				name,
				isNote,
				x,
				y,
				right: x + (isNote ? Number(parameters.width) : 96),
				bottom: y + (isNote ? Number(parameters.height) : 96),
			};
		});
		const faults = boxes.flatMap((one, index) =>
			boxes.slice(index + 1).flatMap((other) => {
				const apart = one.right <= other.x || other.right <= one.x || one.bottom <= other.y || other.bottom <= one.y;
				const [note, node] = one.isNote ? [one, other] : [other, one];
				const inside =
					note.isNote &&
					!node.isNote &&
					note.x <= node.x &&
					node.right <= note.right &&
					note.y <= node.y &&
					node.bottom <= note.bottom;
				return apart || inside ? [] : [`${one.name} and ${other.name}`];
			}),
		);
		expect(faults).toEqual([]);
	});
});
