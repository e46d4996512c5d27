// Our rules: which import arrows there are, and which words. n8n's own rules for community packages are the other half
// of `npm run lint` (scripts/scan.config.mjs).
import { n8nCommunityNodesPlugin } from '@n8n/eslint-plugin-community-nodes';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import * as regexp from 'eslint-plugin-regexp';
import { existsSync, readdirSync } from 'node:fs';
import tseslint from 'typescript-eslint';

/** The rooms of the engine (nodes/tasks), one row a floor: a room imports only from floors below its own. */
const engine = [
	['index'],
	['declare'],
	['suspend', 'triggers'],
	['operations'],
	['submit', 'wait'],
	['images'],
	['http'],
	['n8n'],
	['item'],
	['fields'],
	['model'],
	['util'],
];

/** The same for the simulator (sandbox/provider). */
const provider = [['cli'], ['index'], ['kling', 'aliyun', 'ps'], ['http'], ['core'], ['pixels']];

/** The same for the sandbox. */
const sandbox = [['start'], ['n8n', 'provider']];

/** The folder in nodes/ to which each credential belongs. */
const owners = { AliyunMarketApi: 'AliyunPortrait', KlingApi: 'Kling', PsTaskApi: 'PsTask' };

const names = (folder) => readdirSync(new URL(folder, import.meta.url)).map((name) => name.replace(/\.ts$/, ''));
const services = names('nodes').filter((name) => name !== 'tasks');

/** The engine gets its rooms and its door in a rewrite; until it has them, their arrows cannot be checked. */
const hasRooms = existsSync(new URL('nodes/tasks/index.ts', import.meta.url));

/** A room is a folder or a file. */
const places = (folder, room) => [`./${folder}/${room}`, `./${folder}/${room}.ts`];

/** Forbids imports from the same floor and from floors above. */
function floors(folder, rows) {
	return rows.flatMap((row, floor) =>
		row.flatMap((room) => {
			const forbidden = [...rows.slice(0, floor).flat(), ...row.filter((other) => other !== room)];
			const from = forbidden.flatMap((other) => places(folder, other));
			const message = `Arrows in ${folder} run down: ${rows.map((row) => row.join(', ')).join(' → ')}.`;
			return from.length === 0 ? [] : [{ target: places(folder, room), from, message }];
		}),
	);
}

/** What is not in the lists above would import what it likes. */
function requireKnown(folder, known) {
	const unknown = names(folder).filter((name) => !known.includes(name));
	if (unknown.length > 0) throw new Error(`eslint.config.mjs has no place for ${unknown.join(', ')} in ${folder}.`);
}

/** Forbids imports of the repository's files from anywhere but some places. */
const only = (target, allowed, message) => ({ target, from: '.', except: ['./node_modules', ...allowed], message });

requireKnown('sandbox/provider', provider.flat());
if (hasRooms) {
	requireKnown('nodes/tasks', engine.flat());
	requireKnown(
		'credentials',
		Object.keys(owners).map((name) => `${name}.credentials`),
	);
}

/** Today's arrows. They go when the engine has its rooms. */
const before = services.map((service) => ({
	target: `./nodes/${service}`,
	from: ['./sandbox', './test', ...services.filter((other) => other !== service).map((other) => `./nodes/${other}`)],
	message: 'A service imports the engine and itself, never another service.',
}));

const rooms = [
	...floors('nodes/tasks', engine),
	...services.map((service) =>
		only(
			`./nodes/${service}`,
			[`./nodes/${service}`, './nodes/tasks/index.ts'],
			'A service imports the engine through its door, nodes/tasks/index.ts, and itself, nothing else.',
		),
	),
	...Object.entries(owners).map(([credential, service]) =>
		only(
			`./credentials/${credential}.credentials.ts`,
			[`./nodes/${service}`],
			'A credential imports its own service, nothing else.',
		),
	),
];

const zones = [
	only('./nodes/tasks', ['./nodes/tasks'], 'The engine knows no service and nothing outside of nodes/tasks.'),
	...(hasRooms ? rooms : before),
	only('./sandbox', ['./sandbox'], 'A simulator that shares code with the client proves nothing.'),
	...floors('sandbox', sandbox),
	...floors('sandbox/provider', provider),
];

/** Forbids packages but some. */
const packages = (...allowed) => ({
	'no-restricted-imports': [
		'error',
		{
			patterns: [
				{ regex: `^(?!\\.|(${allowed.join('|')})$)`, message: `Only ${allowed.join(', ')} may be used here.` },
			],
		},
	],
});

/** Forbids names of services in identifiers, texts and comments. */
function unnamed(pattern, terms, message) {
	const test = `=/${pattern}/i]`;
	const nodes = [`Identifier[name${test}`, `Literal[value${test}`, `TemplateElement[value.raw${test}`];
	return {
		'no-restricted-syntax': ['error', ...nodes.map((selector) => ({ selector, message }))],
		'no-warning-comments': ['error', { terms, location: 'anywhere' }],
	};
}

export default tseslint.config(
	{ ignores: ['dist/', 'build/', '.n8n/', 'test/output/'] },
	{
		files: ['**/*.ts', '**/*.mjs'],
		languageOptions: { parser: tseslint.parser },
		plugins: { 'import-x': importX },
		settings: {
			'import-x/extensions': ['.ts', '.mjs'],
			'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.mts', '.mjs', '.js', '.cjs', '.json'] })],
		},
		rules: {
			'import-x/no-cycle': 'error',
			'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones }],
		},
	},
	{
		// An expression that is not linear lets whoever makes the text block n8n. test/unit/repository measures them all.
		...regexp.configs['flat/recommended'],
		files: ['**/*.ts', '**/*.mjs'],
		rules: {
			...regexp.configs['flat/recommended'].rules,
			'regexp/no-super-linear-backtracking': ['error', { report: 'potential' }],
			'regexp/no-super-linear-move': ['error', { report: 'potential' }],
			'regexp/match-any': ['error', { allows: ['[^]', 'dotAll'] }],
			'regexp/no-obscure-range': ['error', { allowed: ['alphanumeric', ' -~', '!-~'] }],
			// Within n8n expressions a slash needs no backslash this way.
			'regexp/no-useless-character-class': ['error', { ignores: ['=', '/'] }],
			// Matters of taste: (a|b) is easier to read than (?:a|b), [A-Za-z] than a flag.
			'regexp/no-unused-capturing-group': 'off',
			'regexp/use-ignore-case': 'off',
			// It wants x{64,} for x{64}x*: V8 keeps every step of the former, and has no room for millions of them.
			'regexp/optimal-quantifier-concatenation': 'off',
			'no-control-regex': 'off',
		},
	},
	{ ...n8nCommunityNodesPlugin.configs.recommended, files: ['nodes/**/*.ts', 'credentials/**/*.ts'] },
	{ files: ['nodes/**/*.ts'], rules: packages('n8n-workflow', 'crypto') },
	{ files: ['credentials/**/*.ts'], rules: packages('n8n-workflow', ...(hasRooms ? [] : ['crypto'])) },
	{
		files: ['nodes/tasks/**/*.ts'],
		rules: unnamed('kling|aliyun|psTask', ['kling', 'aliyun', 'psTask'], 'The engine names no service.'),
	},
	{
		files: ['sandbox/provider/{core,http,pixels}/**/*.ts'],
		rules: unnamed(
			'kling|aliyun|portrait|psTask|^ps[A-Z]',
			['kling', 'aliyun', 'portrait', 'psTask', 'ps'],
			'What all simulated services share names none of them.',
		),
	},
);
