/** The examples of a package of one service: those that use no other, with the node types of the package. */
import { readExamples, type Example } from '../../sandbox/start/examples.ts';
import { whole } from './manifest.ts';
import { SERVICES, type Service } from './services.ts';

/** What a node type of the whole pack begins with. */
const PREFIX = `${whole.name}.`;

/** The name of a type's service: Kling of `n8n-nodes-kling-aliyun.klingTrigger`. */
const serviceOf = (type: string) =>
	SERVICES.find(({ folder }) => type.toLowerCase().startsWith(`${PREFIX}${folder}`.toLowerCase()))?.name;

export async function examplesOf({ name }: Service): Promise<Example[]> {
	const all = await readExamples();
	return all
		.filter(({ workflow }) => {
			const own = workflow.nodes.filter(({ type }) => type.startsWith(PREFIX));
			return own.every(({ type }) => serviceOf(type) === name);
		})
		.map((example) => ({ ...example, workflow: retyped(example.workflow, name) }));
}

function retyped(workflow: Example['workflow'], name: string): Example['workflow'] {
	const nodes = workflow.nodes.map((node) => ({ ...node, type: retype(node.type, name) }));
	return { ...workflow, nodes };
}

/** The type that a node of the whole pack has in a package of one service; other types stay as they are. */
export function retype(type: string, name: string): string {
	return type.startsWith(PREFIX) ? `${name}.${type.slice(PREFIX.length)}` : type;
}
