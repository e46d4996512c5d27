/**
 * `npm run bench [-- --quick] [-- get latency queue watch download memory load create createAndWait agency]`: our node beside
 * what a user would do today, in one real n8n server. A bench may also be named by its letter in the table. Prints one
 * table; without --quick it also writes RESULTS.md. Nothing fails because a figure is bad: these are measurements, not
 * tests.
 */
import { readFile, writeFile } from 'node:fs/promises';

import { benchAgency } from './agency.ts';
import { benchCreate, benchCreateAndWait } from './create.ts';
import { benchDownload } from './download.ts';
import { benchGet } from './get.ts';
import { benchLatency } from './latency.ts';
import { benchLoad } from './load.ts';
import { benchMemory } from './memory.ts';
import { benchQueue } from './queue.ts';
import { machine, table } from './setup/report.ts';
import type { Row } from './setup/stats.ts';
import { startWorld, type World } from './setup/world.ts';
import { benchWatch } from './watch.ts';

/** In the table's order. Those of one step run at the same time: waiting takes no CPU. */
const steps: Array<Record<string, (world: World) => Promise<Row[]>>> = [
	{ get: benchGet },
	{ latency: benchLatency, queue: benchQueue },
	{ watch: benchWatch },
	{ download: benchDownload },
	{ memory: benchMemory },
	{ load: benchLoad },
	{ create: benchCreate },
	{ createAndWait: benchCreateAndWait },
	{ agency: benchAgency },
];

/** Letters in the table, which also name a bench on the command line. */
const LETTERS: Record<string, string> = {
	a: 'get',
	b: 'latency',
	c: 'queue',
	d: 'watch',
	e: 'download',
	e2: 'memory',
	f: 'load',
	g: 'create',
	h: 'createAndWait',
	i: 'agency',
};

const BEGIN = '<!-- measured -->';
const END = '<!-- /measured -->';

const flags = process.argv.slice(2);
const quick = flags.includes('--quick');
const wanted = flags.filter((flag) => !flag.startsWith('--')).map((name) => LETTERS[name] ?? name);
const unknown = wanted.filter((name) => !steps.some((step) => name in step));
if (unknown.length > 0) throw new Error(`No bench is called ${unknown.join(', ')}.`);

const where = await machine();
const began = Date.now();
const world = await startWorld(quick);
const stop = async () => {
	await world.stop();
	process.exit(130);
};
process.once('SIGINT', stop).once('SIGTERM', stop);
const rows: Row[] = [];
try {
	for (const step of steps) {
		const chosen = Object.entries(step).filter(([name]) => wanted.length === 0 || wanted.includes(name));
		const results = await Promise.all(chosen.map(async ([name, bench]) => await measured(name, bench)));
		rows.push(...results.flat());
	}
} finally {
	await world.stop();
}
const printed = table(rows);
console.log(`\n${printed}\n\n${where}`);
if (!quick) await keep(printed);

async function measured(name: string, bench: (world: World) => Promise<Row[]>): Promise<Row[]> {
	const start = Date.now();
	try {
		const result = await bench(world);
		world.log(`${name}: ${Math.round((Date.now() - start) / 1_000)} s\n${table(result)}`);
		return result;
	} catch (error) {
		console.error(`${name} could not be measured: ${String(error)}`);
		return [];
	}
}

/** Replaces what the last run wrote: the lines of the benches that were run; the others stay, and the text around. */
async function keep(text: string): Promise<void> {
	const file = new URL('RESULTS.md', import.meta.url);
	const old = await readFile(file, 'utf8');
	const [heading = '', rule = '', ...fresh] = text.split('\n');
	const stay = linesOf(old).filter((line) => !fresh.some((other) => nameOf(other) === nameOf(line)));
	const lines = [...stay, ...fresh].sort((one, other) => nameOf(one).localeCompare(nameOf(other)));
	const minutes = Math.round((Date.now() - began) / 60_000);
	const which = wanted.length === 0 ? 'All benches' : `Last: ${wanted.join(', ')} (the other lines are older)`;
	const told = `${which}, ${new Date(began).toISOString().slice(0, 10)}, ${minutes} minutes. ${where}.`;
	const block = [BEGIN, told, '', heading, rule, ...lines, END].join('\n');
	await writeFile(
		file,
		old.replace(new RegExp(`${BEGIN}[^]*${END}`), () => block),
	);
}

/** The table's lines between the marks, without its head. */
function linesOf(text: string): string[] {
	return text
		.slice(text.indexOf(BEGIN), text.indexOf(END))
		.split('\n')
		.filter((line) => line.startsWith('| '))
		.slice(1);
}

/** `e2` of `| e2. 200 items … |`. */
function nameOf(line: string): string {
	return /^\| (\w+)\./.exec(line)?.[1] ?? '';
}
