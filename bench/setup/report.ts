import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { cpus, loadavg, totalmem } from 'node:os';
import { promisify } from 'node:util';

import { ensureN8n } from '../../sandbox/n8n/install.ts';
import { isMet, median, ratioOf, type Row } from './stats.ts';

const HEADINGS = ['Bench', 'What', 'Floor', 'Ours', 'Theirs', 'Ratio', 'Target', ''];

/** The table in Markdown; medians, with the least and the greatest value in brackets. */
export function table(rows: Row[]): string {
	const cells = [HEADINGS, ...rows.map(toCells)];
	const widths = HEADINGS.map((_, column) => Math.max(3, ...cells.map((row) => row[column]!.length)));
	const lines = cells.map((row) => `| ${row.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`);
	lines.splice(1, 0, `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`);
	return lines.join('\n');
}

function toCells(row: Row): string[] {
	const ratio = ratioOf(row);
	const met = isMet(row);
	const target =
		row.atMost === undefined ? '' : ratio === undefined ? `${row.atMost} ${row.unit}` : number(row.atMost, 3);
	return [
		row.bench,
		row.measure,
		row.floor === undefined ? '' : `${number(row.floor)} ${row.unit}`.trim(),
		spread(row.ours, row.unit),
		row.theirs === undefined ? '' : spread(row.theirs, row.unit),
		ratio === undefined ? '' : `${number(ratio, 3)}${row.against === 'floor' ? ' × floor' : ''}`,
		target === '' ? '' : `≤ ${target}`,
		met === undefined ? '' : met ? 'met' : 'missed',
	];
}

function spread(values: number[], unit: string): string {
	const middle = `${number(median(values))} ${unit}`.trim();
	if (values.length === 1) return middle;
	return `${middle} (${number(Math.min(...values))}–${number(Math.max(...values))})`;
}

function number(value: number, digits = value < 10 ? 2 : value < 100 ? 1 : 0): string {
	return String(Number(value.toFixed(digits)));
}

/** What the figures were taken on, and how loaded it was. */
export async function machine(): Promise<string> {
	const { nodeBin } = await ensureN8n();
	const manifest = await readFile(new URL('../../sandbox/n8n/package.json', import.meta.url), 'utf8');
	const { dependencies } = JSON.parse(manifest) as { dependencies: { n8n: string } };
	const { stdout } = await promisify(execFile)(nodeBin, ['--version']);
	const [processor] = cpus();
	const memory = Math.round(totalmem() / 2 ** 30);
	return (
		`${cpus().length} cores (${processor?.model.trim() ?? 'unknown'}), ${memory} GB, ${process.platform}; ` +
		`n8n ${dependencies.n8n} on Node ${stdout.trim()}, the bench on Node ${process.version}; load before ${loadavg()[0]!.toFixed(1)}`
	);
}
