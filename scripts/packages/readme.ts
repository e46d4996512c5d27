/** The README of a package of one service: English alone, and only what its reader needs before the documentation. */
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import type { ICredentialType } from 'n8n-workflow';

import type { Example } from '../../sandbox/start/examples.ts';
import { descriptions, operationsOf } from '../operations.ts';
import { repository, repositoryUrl, whole } from './manifest.ts';
import type { Service } from './services.ts';

export function readmeOf(service: Service, examples: Example[]): string {
	const { name, about, needs } = service;
	return `# ${name}

[n8n](https://n8n.io) nodes for ${about}. One node makes the task, waits, and hands the finished image on to the next node.

[Documentation](${repositoryUrl}/tree/main/docs#readme)

## Install

In n8n: Settings → Community nodes → Install, package name \`${name}\`. It has no runtime dependencies.

Install this package or the whole pack \`${whole.name}\`, which has more services, but not both. Credentials are the same in both and stay. Nodes are not: n8n begins their types with the name of the package, so a workflow that was made with the one package looks for its nodes there.

## Credentials

**${credentialOf(service).displayName}** needs ${needs}. It is sent to its own host only.

## Operations

${operationsTable(service)}

## Examples

In the menu of n8n's editor choose *Import from URL*, give one of these addresses, choose your credential in the nodes of this package, and execute the workflow. A finished image is the binary field \`image\` of an item.

${examples.map(({ key, workflow }) => `- ${workflow.name}: <https://unpkg.com/${name}/dist/examples/${key}.json>`).join('\n')}

## Licence

MIT
`;
}

function operationsTable({ folder }: Service): string {
	const files = whole.n8n.nodes.map((file) => file.startsWith(`dist/nodes/${folder}/`));
	const rows = descriptions()
		.filter((_, index) => files[index])
		.flatMap(({ name, displayName, description }) => {
			const operations = operationsOf(name).filter(({ operation }) => operation !== 'undefined');
			if (operations.length === 0) return [[displayName, '–', description]];
			const resources = [...new Set(operations.map(({ resourceLabel }) => resourceLabel))];
			return resources.map((resource) => [
				displayName,
				resource,
				operations
					.filter(({ resourceLabel }) => resourceLabel === resource)
					.map(({ operationLabel }) => operationLabel)
					.join(', '),
			]);
		});
	const lines = [['Node', 'Resource', 'Operations'], ['---', '---', '---'], ...rows];
	return lines.map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function credentialOf({ credential }: Service): ICredentialType {
	const file = fileURLToPath(new URL(`dist/credentials/${credential}.credentials.js`, repository));
	const loaded = createRequire(import.meta.url)(file) as Record<string, new () => ICredentialType>;
	const Type = loaded[credential];
	if (Type === undefined) throw new Error(`${file} exports no ${credential}.`);
	return new Type();
}
