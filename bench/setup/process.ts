import { readFileSync, writeFileSync } from 'node:fs';

/** Kernel ticks a second in /proc/<pid>/stat; 100 on every Linux that Node runs on. */
const TICKS = 100;

/** The process below this one whose command line holds the text; Linux only. */
export function findProcess(text: string, below = process.pid): number {
	const found = descendants(below).filter((pid) => commandOf(pid).includes(text));
	// The guard names n8n's script too; n8n is the one below it.
	const pid = found.find((candidate) => !commandOf(candidate).includes('guard.mjs'));
	if (pid === undefined) throw new Error(`No process below ${below} runs ${text}.`);
	return pid;
}

/** CPU time that a process has used in all its threads, in ms. */
export function cpuMs(pid: number): number {
	const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
	const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
	return ((Number(fields[11]) + Number(fields[12])) * 1_000) / TICKS;
}

/** Memory in MB: what is resident now, and the most there was since the start or `resetPeak`. */
export function memoryOf(pid: number): { nowMb: number; peakMb: number } {
	const status = readFileSync(`/proc/${pid}/status`, 'utf8');
	const mb = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(status)?.[1]) / 1_024;
	return { nowMb: mb('VmRSS'), peakMb: mb('VmHWM') };
}

/** The kernel begins to count the peak anew. */
export function resetPeak(pid: number): void {
	writeFileSync(`/proc/${pid}/clear_refs`, '5');
}

function descendants(pid: number): number[] {
	const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
	return (children === '' ? [] : children.split(' ').map(Number)).flatMap((child) => [child, ...descendants(child)]);
}

function commandOf(pid: number): string {
	return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
}
