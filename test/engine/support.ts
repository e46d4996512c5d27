/** Words that the engine tests of all services share. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readFileSync } from 'node:fs';
import type { ClientRequest, IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { inspect } from 'node:util';
import type { IDataObject } from 'n8n-workflow';
import { afterEach, beforeEach, expect } from 'vitest';

import type { Run } from '../harness/index.ts';

/** A sample photograph: coffee is 600 × 400. */
export function photo(name: 'astronaut' | 'brushes' | 'coffee' | 'dogs' | 'drum' | 'mountains' = 'coffee'): Buffer {
	return readFileSync(fileURLToPath(new URL(`../../sandbox/photos/${name}.jpg`, import.meta.url)));
}

/** A binary field's content. */
export function file(buffer = photo(), fileName = 'photo.jpg', mimeType = 'image/jpeg') {
	return { buffer, fileName, mimeType };
}

/** The numbers from 0. */
export function count(length: number): IDataObject[] {
	return Array.from({ length }, (_, number) => ({ number }));
}

/** The error's own facts, with what was made on the way to it. The editor's error data must be the same. */
export function factsOf(error: unknown): Record<string, unknown> {
	const { code, httpStatus, requestId, taskId, externalTaskId, taskState, retryable, hint, ...own } = error as Record<
		string,
		unknown
	>;
	const facts = {
		code,
		httpStatus,
		requestId,
		taskId,
		externalTaskId,
		taskState,
		retryable,
		hint,
		...(own.facts as object),
	};
	return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined));
}

/** The other tasks of the run that an error carries, by their IDs. */
export function otherTasksOf(error: unknown): string[] {
	const { otherTasks = [] } = factsOf(error) as { otherTasks?: Array<{ taskId: string }> };
	return otherTasks.map(({ taskId }) => taskId);
}

/** A run that must have ended in an error: its error. */
export function errorOf(run: Run) {
	if (run.status !== 'error' || !run.error)
		throw new Error(`The run ended with ${run.status}: ${JSON.stringify(run.items)}`);
	return run.error as typeof run.error & { description?: string | null };
}

/** What a run gave, or its error as the reason why not. */
export function itemsOf(run: Run) {
	if (run.status !== 'success') throw run.error ?? new Error(`The run ended with ${run.status}`);
	return run.items;
}

/** Everything a run tells, for eyes and for programs. */
export function told({ error, items, log }: Run): string {
	const own = error && Object.getOwnPropertyNames(error).map((name) => (error as never)[name] as unknown);
	const texts = [error, own, error?.stack, items.map(({ json }) => json), log];
	return texts
		.map((text) => JSON.stringify(text) + inspect(text, { depth: 12, maxStringLength: null, maxArrayLength: null }))
		.join('\n');
}

/** Counts the answers that servers of this process have sent and that its clients have not read. */
function watchAnswers(): { unread: () => number; stop: () => void } {
	const open = new Map<number | undefined, number>();
	const add = (port: number | undefined, change: number) => void open.set(port, (open.get(port) ?? 0) + change);
	type Message<T> = { request: T };
	const sent = (message: unknown) => add((message as Message<IncomingMessage>).request.socket.remotePort, 1);
	const read = (message: unknown) => add((message as Message<ClientRequest>).request.socket?.localPort, -1);
	subscribe('http.server.response.finish', sent);
	subscribe('http.client.response.finish', read);
	return {
		unread: () => [...open.values()].filter((answers) => answers > 0).length,
		stop() {
			unsubscribe('http.server.response.finish', sent);
			unsubscribe('http.client.response.finish', read);
		},
	};
}

/**
 * Presses Stop as soon as something has happened, however long that takes, and the node has read every answer that was sent
 * until then: on a busy machine that takes longer than any time. `reason` is the signal's, where it is not a Stop.
 */
export async function stoppedWhen(
	isTime: () => boolean,
	run: (signal: AbortSignal) => Promise<Run>,
	reason?: Error,
): Promise<Run> {
	const button = new AbortController();
	const answers = watchAnswers();
	const running = run(button.signal);
	try {
		await expect.poll(isTime, { interval: 10 }).toBe(true);
		await sleep(100);
		await expect.poll(answers.unread, { interval: 10 }).toBe(0);
	} finally {
		answers.stop();
	}
	button.abort(reason);
	return await running;
}

/**
 * Nothing is sent any more. What was sent before may still be on its way to the simulator, for as long as a busy machine
 * takes, so what counts is that no request begins.
 */
export async function expectNothingSent(forMs = 400): Promise<void> {
	const begun: string[] = [];
	const note = (message: unknown) => void begun.push((message as { request: ClientRequest }).request.path);
	subscribe('http.client.request.start', note);
	await sleep(forMs);
	unsubscribe('http.client.request.start', note);
	expect(begun).toEqual([]);
}

/** Every test of the file or group leaves no rejection or exception behind that nobody handles. */
export function expectNothingUnhandled(): void {
	const unhandled: unknown[] = [];
	const note = (reason: unknown) => unhandled.push(reason);
	beforeEach(() => void process.on('unhandledRejection', note).on('uncaughtException', note));
	afterEach(async () => {
		await sleep(50);
		process.off('unhandledRejection', note).off('uncaughtException', note);
		expect(unhandled.splice(0)).toEqual([]);
	});
}

/** Values that expressions make, of which no parameter takes all. */
export const EXPRESSION_VALUES = [
	`={{ "${'long '.repeat(200)}" }}`,
	'={{ [1, 2, 3] }}',
	'={{ ({ a: 1, "b c": { d: 2 } }) }}',
	'={{ 1e30 }}',
	'={{ -1 }}',
	'={{ false }}',
	'={{ null }}',
	'={{ undefined }}',
	'={{ $json.nothing.at.all }}',
	'={{ "8.31922345678901E+17" }}',
	'={{ "data:image/png;base64,xx" }}',
	'={{ "https://" }}',
];
