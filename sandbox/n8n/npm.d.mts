import type { ChildProcess } from 'node:child_process';

export type Log = (line: string) => void;

export interface NpmRun {
	cwd: string;
	/** What is being done, for the progress lines: "Installing n8n". */
	what: string;
	/** How long it usually takes, in seconds. */
	usually: number;
	log: Log;
	/** npm's own output goes there. */
	logFile: string;
	/** The folder of the `node` that npm and its scripts run with; the one in PATH by default. */
	nodeDir?: string;
	env?: Record<string, string>;
}

/** Runs npm with a line of progress every few seconds; rejects with one sentence. */
export function runNpm(args: string[], run: NpmRun): Promise<void>;

/** The environment without what an `npm start` around us put there. */
export function cleanEnv(nodeDir?: string): NodeJS.ProcessEnv;

/** Ends a child and everything it started. */
export function killTree(child: ChildProcess, signal: NodeJS.Signals): void;
