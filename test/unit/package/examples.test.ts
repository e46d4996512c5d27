import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { fieldsToFillIn, readExamples } from '../../../sandbox/start/examples';
import { isForeign, withStubs } from '../../../sandbox/start/stubs';

const examples = await readExamples();
const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

/** Placeholders that `npm start` replaces. */
const KNOWN_HOSTS = ['sandbox.example', 'n8n.example.com', 'your-shop.myshopify.com'];

const PICTURES = new URL('../../../docs/images/examples/', import.meta.url);

/** What of a parameter is empty or a placeholder, so that a user must fill it in. */
const isOpen = (value: unknown): boolean => {
	if (typeof value === 'string')
		return KNOWN_HOSTS.some((host) => value.includes(host)) || value.startsWith('Change me');
	if (typeof value !== 'object' || value === null) return false;
	if ('__rl' in value && 'value' in value && value.value === '') return true;
	return Object.values(value).some(isOpen);
};

it('the pictures of the examples are below 1 MB, and of examples that exist', () => {
	const names = readdirSync(PICTURES);
	expect(names.sort()).toEqual(examples.map(({ key }) => `${key}.webp`).sort());
	const bytes = names.reduce((sum, name) => sum + statSync(new URL(name, PICTURES)).size, 0);
	expect(bytes).toBeLessThan(1_000_000);
});

it('stubs belong to an example that exists', () => {
	const names = readdirSync(new URL('../../../examples/stubs/', import.meta.url));
	for (const name of names) expect(examples.map(({ key }) => `${key}.json`)).toContain(name);
});

describe.each(examples)('the example $key', ({ key, workflow, stubs }) => {
	it('is listed with its picture', () => {
		expect(read('examples/README.md')).toContain(`[\`${key}.json\`](${key}.json)`);
		expect(read('examples/README.md')).toContain(`../docs/images/examples/${key}.webp`);
		expect(existsSync(new URL(`${key}.webp`, PICTURES))).toBe(true);
	});

	it('has at most three fields to fill in, all named in its first note', () => {
		const note = String(workflow.nodes[0]!.parameters.content);
		const fields = fieldsToFillIn(workflow);
		expect(fields.length > 0 || note.includes('**Fill in** nothing.'), 'the note says what to fill in').toBe(true);
		expect(fields.length).toBeLessThanOrEqual(3);
		const names = workflow.nodes.map(({ name }) => name);
		for (const { node } of fields) expect(names).toContain(node);
		const open = workflow.nodes.filter(({ type, parameters }) => !type.endsWith('.stickyNote') && isOpen(parameters));
		for (const { name } of open) expect(fields.map(({ node }) => node)).toContain(name);
	});

	it('has a stub for each node that needs an account of another service, and for no other', () => {
		const foreign = workflow.nodes.filter(isForeign).map(({ name }) => name);
		expect(Object.keys(stubs).sort()).toEqual(foreign.sort());
		const placed = withStubs(workflow, stubs);
		expect(placed.nodes.filter(isForeign)).toEqual([]);
		expect(placed.nodes.map(({ name, position }) => [name, position])).toEqual(
			workflow.nodes.map(({ name, position }) => [name, position]),
		);
		for (const { name, parameters } of placed.nodes)
			if (name in stubs)
				expect(JSON.stringify(parameters), `${name}: its stub names a parameter`).not.toContain('undefined');
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
