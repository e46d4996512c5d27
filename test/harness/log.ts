/** What nodes log, sorted by the run that logged it. */
import { AsyncLocalStorage } from 'node:async_hooks';

export interface LogEntry {
	level: 'error' | 'warn' | 'info' | 'debug';
	message: string;
	meta?: object;
}

const currentRun = new AsyncLocalStorage<LogEntry[]>();

/** Runs `action`; whatever is logged by it, or by anything it starts, is added to `entries`. */
export function collectLog<T>(entries: LogEntry[], action: () => T): T {
	return currentRun.run(entries, action);
}

function record(level: LogEntry['level']) {
	return (message: string, meta?: object) => {
		currentRun.getStore()?.push(meta === undefined ? { level, message } : { level, message, meta });
	};
}

/** Takes the place of n8n's logger service. */
export const captureLogger = {
	error: record('error'),
	warn: record('warn'),
	info: record('info'),
	debug: record('debug'),
	scoped() {
		return captureLogger;
	},
};
