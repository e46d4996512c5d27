/** Writes the tables of fields into the pages of the nodes, English and Chinese, or says that they drifted (`--check`). */
import { readFileSync, writeFileSync } from 'node:fs';
import type { INodeTypeDescription } from 'n8n-workflow';

import { pagePath, type Language } from './docs.ts';
import { fieldsOf, sameField, type Field } from './fieldTables.ts';
import { descriptions, operationsOf } from './operations.ts';

/** A table stands between these two lines. Its name is a resource and an operation, an operation, or `trigger`. */
const BEGIN = (name: string) => `<!-- Fields: ${name}, written by npm run fields -->`;
const END = '<!-- End of the fields -->';
const BLOCK = /<!-- Fields: ([\w ]+), written by npm run fields -->\n[^]*?<!-- End of the fields -->/g;

/** The words of a table. */
const WORDS = {
	en: {
		head: ['Field', 'Default', 'What it does'],
		action: (name: string) => `Action: **${name}**`,
		choices: (labels: string) => `Choices: ${labels}.`,
		shown: (label: string, values: string) => `Shown when *${label}* is ${values}.`,
		missing: (labels: string) => `Not in ${labels}.`,
		option: (label: string) => `Options → **${label}**`,
		or: ' or ',
		comma: ', ',
		space: ' ',
	},
	'zh-CN': {
		head: ['字段', '默认值', '说明'],
		action: (name: string) => `操作名称：**${name}**`,
		choices: (labels: string) => `可选：${labels}。`,
		shown: (label: string, values: string) => `仅当 *${label}* 为 ${values} 时显示。`,
		missing: (labels: string) => `${labels} 没有此字段。`,
		option: (label: string) => `Options → **${label}**`,
		or: ' 或 ',
		comma: '、',
		space: '',
	},
};

/** What each field does, in Chinese, by its name in the API of the node, or `<operation>.<name>` and so on before it. */
const chinese = JSON.parse(readFileSync(new URL('../docs/zh-CN/fields.json', import.meta.url), 'utf8')) as Record<
	string,
	string
>;
const used = new Set<string>();

/** A field, and the labels of the resources that have it not. */
type Shared = Field & { missingIn?: string[] };

const problems: string[] = [];
const drifted: string[] = [];

for (const description of descriptions())
	for (const language of ['en', 'zh-CN'] as const) writePage(description, language);
const unused = Object.keys(chinese).filter((key) => !used.has(key));
if (unused.length > 0) problems.push(`docs/zh-CN/fields.json explains what no node has: ${unused.join(', ')}`);

if (process.argv.includes('--check'))
	for (const page of drifted) problems.push(`The fields in ${page} have drifted from the node. Run: npm run fields`);
for (const problem of problems) console.error(problem);
if (process.argv.includes('--check'))
	console.log(`Tables of fields: ${problems.length === 0 ? 1 : 0} passed, ${problems.length} failed`);
if (problems.length > 0) process.exitCode = 1;

function writePage(description: INodeTypeDescription, language: Language): void {
	const path = pagePath(description.name, language);
	const file = new URL(`../${path}`, import.meta.url);
	const present = readFileSync(file, 'utf8');
	const tables = tablesOf(description, language);
	const missing = [...tables.keys()].filter((name) => !present.includes(BEGIN(name)));
	if (missing.length > 0) problems.push(`${path} has no place for the fields of ${missing.join(', ')}`);
	const wanted = present.replace(BLOCK, (_, name: string) => {
		const lines = tables.get(name);
		if (lines === undefined) problems.push(`${path} has a place for the fields of ${name}, which has none`);
		return [BEGIN(name), '', ...(lines ?? []), '', END].join('\n');
	});
	if (wanted === present) return;
	drifted.push(path);
	if (!process.argv.includes('--check')) writeFileSync(file, wanted);
}

/**
 * The tables of one node by their names. What all resources share in an operation is a table of its own; what a create
 * with callback shares with Create is told there alone.
 */
function tablesOf(description: INodeTypeDescription, language: Language): Map<string, string[]> {
	const operations = operationsOf(description.name);
	if (operations.length === 0)
		return new Map([['trigger', table(fieldsOf(description), description.name, '', '', language)]]);
	const fields = operations.map((one) => ({ ...one, own: fieldsOf(description, one.resource, one.operation) }));
	const shared = new Map(
		[...new Set(operations.map(({ operation }) => operation))].map((operation) => {
			const all = fields.filter((one) => one.operation === operation);
			return [operation, sharedBy(all.map(({ resourceLabel, own }) => [resourceLabel, own]))] as const;
		}),
	);
	const create = (resource: string) =>
		fields.find((one) => one.resource === resource && one.operation === 'create')?.own ?? [];
	const without = (some: Shared[], others: Field[]) => some.filter((field) => !others.some(sameField(field)));
	const tables = new Map<string, string[]>();
	for (const { resource, operation, action, own } of fields) {
		const common = shared.get(operation) ?? [];
		const told = operation === 'createAndWaitForCallback' ? [...common, ...create(resource)] : common;
		const lines = table(without(own, told), description.name, resource, operation, language);
		tables.set(`${resource} ${operation}`, [
			WORDS[language].action(action),
			...(lines.length > 0 ? ['', ...lines] : []),
		]);
	}
	for (const [operation, common] of shared) {
		const everywhere = operations.map(({ resource }) => create(resource)).filter((own) => own.length > 0);
		const told = operation === 'createAndWaitForCallback' ? everywhere.flat() : [];
		const lines = table(without(common, told), description.name, '', operation, language);
		if (lines.length > 0) tables.set(operation, lines);
	}
	return tables;
}

/** The fields that most of several resources have with the same texts, with the labels of those that have them not. */
function sharedBy(resources: Array<[label: string, fields: Field[]]>): Shared[] {
	const isShared = (field: Field) =>
		resources.filter(([, own]) => own.some(sameField(field))).length > Math.max(1, resources.length / 2);
	const all = resources.flatMap(([, own]) => own.filter(isShared));
	return all
		.filter((field, index) => all.findIndex(sameField(field)) === index)
		.map((field) => ({
			...field,
			missingIn: resources.filter(([, own]) => !own.some(sameField(field))).map(([label]) => label),
		}));
}

function table(fields: Shared[], node: string, resource: string, operation: string, language: Language): string[] {
	if (fields.length === 0) return [];
	const words = WORDS[language];
	const rows = fields.map((field) => [
		field.isOption ? words.option(field.label) : `**${field.label}**`,
		field.default === '' ? '–' : `\`${field.default}\``,
		[
			language === 'en' ? escaped(field.description) : explained(field.name, [resource, operation, node]),
			...(field.choices.length > 0 ? [words.choices(field.choices.map(escaped).join(words.comma))] : []),
			...field.shownFor.map(([label, values]) =>
				words.shown(label, values.map((value) => `*${value}*`).join(words.or)),
			),
			...(field.missingIn?.length
				? [words.missing(field.missingIn.map((label) => `*${label}*`).join(words.comma))]
				: []),
		]
			.filter(Boolean)
			.join(words.space),
	]);
	return [words.head, words.head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
}

/** The Chinese text for a field: that of its resource, operation or node goes before the one of its name alone. */
function explained(name: string, places: string[]): string {
	const key = [...places.map((place) => `${place}.${name}`), name].find((one) => chinese[one] !== undefined);
	if (key !== undefined) used.add(key);
	else problems.push(`docs/zh-CN/fields.json does not explain ${name} (${places.filter(Boolean).join(', ')})`);
	return chinese[key ?? ''] ?? '';
}

/** As Markdown shows it letter by letter. What n8n writes as HTML stays. */
function escaped(text: string): string {
	return text.replace(/[\\*_|`[\]]/g, '\\$&');
}
