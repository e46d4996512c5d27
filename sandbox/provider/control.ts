import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { FateRule } from './fates';
import type { FaultRule } from './faults';
import type { CallbackEntry, FileEntry, RequestEntry } from './journal';
import type { LedgerEntry, TaskEnd } from './ledger';
import type { Service } from './service';
import { applySettings, withoutSecrets, type Settings } from './settings';
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

/** The controls of a server. */
export function createControl(world: World, services: readonly Service[]): Control {
	const { settings, journal, faults, fates, random, registry, gallery } = world;
	const atStart = structuredClone(settings);
	const control: Control = {
		settings(change = {}) {
			applySettings(settings, change);
			if (change.seed !== undefined) random.reseed(change.seed);
			return withoutSecrets(settings);
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
			await task?.finish(fate, message);
			return task?.entry();
		},
	};
	return control;
}

/** Puts the controls on the server, for other processes. */
export function mountControl(server: FastifyInstance, control: Control): void {
	const none = { ok: true };
	server.get('/_sandbox/settings', async () => control.settings());
	server.post('/_sandbox/settings', async (request) => control.settings(json(request, {})));
	server.get('/_sandbox/ledger', async () => control.ledger());
	server.get('/_sandbox/requests', async () => control.requests());
	server.get('/_sandbox/files', async () => control.files());
	server.get('/_sandbox/callbacks', async () => control.callbacks());
	server.post('/_sandbox/reset', async () => (control.reset(), none));
	server.post('/_sandbox/fates', async (request) => (control.fates(json(request, [])), none));
	server.post('/_sandbox/faults', async (request) => (control.faults(json(request, [])), none));
	server.get<{ Params: { taskId: string } }>('/_sandbox/tasks/:taskId', async ({ params }, reply) =>
		reply.code(control.task(params.taskId) ? 200 : 404).send(control.task(params.taskId) ?? { error: 'No such task' }),
	);
	server.post<{ Params: { taskId: string } }>('/_sandbox/tasks/:taskId/finish', async (request, reply) => {
		const { fate, message } = json<{ fate?: TaskEnd; message?: string }>(request, {});
		const entry = await control.finish(request.params.taskId, fate, message);
		return reply.code(entry ? 200 : 404).send(entry ?? { error: 'No such task' });
	});
}

function json<T>({ body }: FastifyRequest, absent: T): T {
	const text = String(body ?? '');
	return text === '' ? absent : (JSON.parse(text) as T);
}
