/**
 * What of a package is in the repository: `packages/<name>`, with links to the sources. n8n's scanner takes the commit
 * that a release was made from, looks for the package.json with the package's name, and lints what lies beside it
 * (docs/n8n.md, Rules for community packages).
 */
import { examplesOf } from './examples.ts';
import { manifestOf } from './manifest.ts';
import { readmeOf } from './readme.ts';
import type { Service } from './services.ts';

/** What `n8n-node lint` wants to find, word for word, where package.json says `strict`. */
const ESLINT_CONFIG = "import { config } from '@n8n/node-cli/eslint';\n\nexport default config;\n";

/** The texts of the files of a package, by their names. */
export async function filesOf(service: Service): Promise<Record<string, string>> {
	return {
		'package.json': `${JSON.stringify(manifestOf(service), null, 2)}\n`,
		'README.md': readmeOf(service, await examplesOf(service)),
		'eslint.config.mjs': ESLINT_CONFIG,
	};
}

/** The sources of a package, by their paths in the repository and in the package. */
export function sourcesOf({ folder, credential, icon }: Service): string[] {
	return [
		`nodes/${folder}`,
		'nodes/tasks',
		`credentials/${credential}.credentials.ts`,
		`icons/${icon}.svg`,
		`icons/${icon}.dark.svg`,
	];
}
