/** The package.json of each package, made from the repository's own. */
import { readFileSync } from 'node:fs';

import type { Service } from './services.ts';

export interface Manifest {
	name: string;
	version: string;
	description: string;
	license: string;
	homepage: string;
	keywords: string[];
	author: { name: string; email: string };
	repository: { type: string; url: string; directory?: string };
	engines: Record<string, string>;
	files: string[];
	n8n: { n8nNodesApiVersion: number; strict?: boolean; credentials: string[]; nodes: string[] };
	peerDependencies: Record<string, string>;
}

export const repository = new URL('../../', import.meta.url);

/** That of the whole pack. */
export const whole = JSON.parse(readFileSync(new URL('package.json', repository), 'utf8')) as Manifest;

/** Where the repository is on the web. */
export const repositoryUrl = whole.repository.url.replace(/^git\+|\.git$/g, '');

/** Where a package of one service lies in the repository. */
export const folderOf = ({ name }: Service): string => `packages/${name}`;

export function manifestOf(service: Service): Manifest {
	const { version, license, author, engines, files, peerDependencies } = whole;
	const { name, description, folder, credential } = service;
	return {
		name,
		version,
		description,
		license,
		homepage: `${repositoryUrl}/tree/main/${folderOf(service)}#readme`,
		author,
		repository: { ...whole.repository, directory: folderOf(service) },
		keywords: ['n8n-community-node-package', ...service.keywords],
		engines,
		files,
		n8n: {
			n8nNodesApiVersion: whole.n8n.n8nNodesApiVersion,
			strict: true,
			credentials: [`dist/credentials/${credential}.credentials.js`],
			nodes: whole.n8n.nodes.filter((file) => file.startsWith(`dist/nodes/${folder}/`)),
		},
		peerDependencies,
	};
}
