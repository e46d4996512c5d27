// The arrows of the architecture: a service imports tasks/, never another service; tasks/ imports no service;
// sandbox/ and nodes/ share no code. Beside them the newest community rules, ahead of the scanner's.
import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import { readdirSync } from 'node:fs';
import tseslint from 'typescript-eslint';

const nodesFolder = new URL('../../nodes/', import.meta.url);
const services = readdirSync(nodesFolder, { withFileTypes: true })
	.filter((entry) => entry.isDirectory() && entry.name !== 'tasks')
	.map((entry) => entry.name);

/** Refuses imports whose path matches. */
const refuse = (regex, message) => ({
	'no-restricted-imports': ['error', { patterns: [{ regex, message }] }],
});

const engine = 'The engine knows no service: tasks/ imports nothing outside of tasks/.';
const outside = '(^|/)(sandbox|test|examples|bench)(/|$)';

export default tseslint.config(
	{ files: ['**/*.ts'], languageOptions: { parser: tseslint.parser } },
	{ ...n8nCommunityNodesPlugin.configs.recommended, files: ['nodes/**/*.ts', 'credentials/**/*.ts'] },
	{
		files: ['nodes/tasks/*.ts'],
		rules: refuse('^\\.\\./', engine),
	},
	{
		files: ['nodes/tasks/*/*.ts'],
		rules: refuse('^\\.\\./\\.\\./', engine),
	},
	...services.map((service) => {
		const others = services.filter((other) => other !== service).join('|') || '(?!)';
		return {
			files: [`nodes/${service}/**/*.ts`],
			rules: refuse(`^(\\.\\./)+(${others})(/|$)|${outside}`, 'A service imports tasks/ and itself, never another service.'),
		};
	}),
	{
		files: ['sandbox/**/*.ts'],
		rules: refuse('(^|/)(nodes|credentials|dist)(/|$)', 'A simulator that shares code with the client proves nothing.'),
	},
);
