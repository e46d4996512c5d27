import { createInterface } from 'node:readline/promises';

/** A question with the answers yes and no; no where nobody can answer. */
export async function confirm(question: string): Promise<boolean> {
	if (!process.stdin.isTTY || !process.stdout.isTTY) return false;
	const terminal = createInterface({ input: process.stdin, output: process.stdout });
	// readline takes Ctrl-C for itself; hand it on
	terminal.once('SIGINT', () => process.kill(process.pid, 'SIGINT'));
	try {
		return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
	} finally {
		terminal.close();
	}
}
