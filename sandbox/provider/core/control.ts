import type { FateRule } from './fates';
import type { FaultRule } from './faults';
import type { CallbackEntry, FileEntry, RequestEntry } from './journal';
import type { LedgerEntry, TaskEnd } from './ledger';
import type { Settings } from './settings';
import type { World } from './world';

/** The wires behind the scenes. Every method is also a route, see sandbox/README.md. */
export interface Control {
	/** Changes settings and returns them all, without secrets. */
	settings(change?: Partial<Settings>): Record<string, unknown>;
	/** Every task that was created, of every service, oldest first. */
	ledger(): LedgerEntry[];
	/** Every API call, oldest first. */
	requests(): RequestEntry[];
	/** Every request for a result file, oldest first. */
	files(): FileEntry[];
	/** Every attempt to deliver a callback, oldest first. */
	callbacks(): CallbackEntry[];
	/** Forgets tasks, uploads, journal and rules; settings are again those of the start. */
	reset(): void;
	/** Replaces the rules for what becomes of new tasks. */
	fates(rules: readonly FateRule[]): void;
	/** Replaces the rules for what goes wrong with requests. */
	faults(rules: readonly FaultRule[]): void;
	task(taskId: string): LedgerEntry | undefined;
	/** Ends a task now; resolves when its pictures, if they are URLs, have been fetched. */
	finish(taskId: string, fate?: TaskEnd, message?: string): Promise<LedgerEntry | undefined>;
}

/** The controls of a world with services that can be cleared. */
export function createControl(world: World, services: ReadonlyArray<{ clear(): void }>): Control {
	const { configuration, journal, faults, fates, random, registry, gallery } = world;
	const atStart = structuredClone(configuration.values);
	const control: Control = {
		settings(change = {}) {
			configuration.change(change);
			if (change.seed !== undefined) random.reseed(change.seed);
			return configuration.shown();
		},
		ledger: () => registry.all().map((task) => task.entry()),
		requests: () => structuredClone(journal.requests),
		files: () => structuredClone(journal.files),
		callbacks: () => structuredClone(journal.callbacks),
		reset() {
			control.settings(structuredClone(atStart));
			faults.set([]);
			fates.set([]);
			journal.clear();
			registry.clear();
			gallery.clear();
			for (const service of services) service.clear();
		},
		fates: (rules) => fates.set(rules),
		faults: (rules) => faults.set(rules),
		task: (taskId) => registry.get(taskId)?.entry(),
		async finish(taskId, fate = 'succeed', message) {
			const task = registry.get(taskId);
			if (task) fates.allow(task.service, fate);
			await task?.finish(fate, message);
			return task?.entry();
		},
	};
	return control;
}
