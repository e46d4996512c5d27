import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { taskError } from '../errors';
import { refusalOf, type ItemExchange, type TaskReply } from '../exchange';
import { Gate } from '../gate';
import { asRecord } from '../json';
import { isManual, pollExchange, textOf, warn, type Poll } from './poll';
import type { TaskEndpoint } from '../provider';
import { findTask, unreadTask } from '../read';
import { Reported } from './reported';
import { hasEnded, withoutUndefined } from '../task';

/** Most status queries of one poll, since they may be billed; the next poll goes on behind them. */
export const QUERIES_PER_POLL = 100;

/** Queries at the same time. */
const gate = new Gate(4);

/** Queries that may fail before a poll leaves the rest to the next one: the service or the credential is at fault. */
const MOST_PROBLEMS = 3;

/** Most status queries of "Fetch Test Event". */
const QUERIES_OF_TEST = 10;

/** An ID that the service does not know is asked for so many times: queries may be billed. */
const TIMES_UNKNOWN = 3;

/** What an answer to one query was. */
type Answer = { id: string } & ({ found: TaskReply } | { unknown: true } | { problem: Error });

/** What is kept between polls. */
interface Memory {
	/** Dealt with: ended and reported, or ended before the trigger was there. */
	ended: Reported;
	/** How often an ID was unknown, by ID. */
	unknown: Record<string, number>;
	/** Place in the list where the next poll begins. */
	next: number;
}

/** Reports the tasks of a list of IDs when they end, each one once, for services that cannot list their tasks. */
export async function watchIds(poll: Poll, endpoint: TaskEndpoint, ids: string[], simplify: boolean): Promise<INodeExecutionData[][] | null> {
	const exchange = await pollExchange(poll, endpoint);
	if (isManual(poll)) return await lastEnded(poll, exchange, ids, simplify);
	const store = poll.context.getWorkflowStaticData('node');
	const memory = readMemory(store.tasks, ids);
	const asked = due(ids, memory ?? { ended: new Reported(), unknown: {}, next: 0 });
	const answers = await askAll(poll, exchange, asked);
	const problems = answers.flatMap((answer) => ('problem' in answer ? [answer.problem] : []));
	// The place moves only past what was asked for: a poll that ran out of time goes on where it stopped.
	const last = answers.at(-1);
	const next = last ? ids.indexOf(last.id) + 1 : 0;
	if (problems.length > 0 && problems.length === answers.length) {
		// Tasks that cannot be read must not keep the others from being asked for.
		if (memory) store.tasks = storeMemory({ ...memory, next });
		throw problems[0];
	}
	for (const problem of problems) warn(poll.context, `could not read a task: ${textOf(problem)}`);

	const { ended, unknown } = memory ?? { ended: new Reported(), unknown: {} };
	warnOfUnknown(poll, answers, unknown);
	const found = answers.flatMap((answer) => ('found' in answer && hasEnded(answer.found.task) ? [{ id: answer.id, ...answer.found }] : []));
	for (const { id } of found) ended.add(id, 0);
	store.tasks = storeMemory({ ended, unknown, next });
	// The first poll makes out what is old.
	return !memory || found.length === 0 ? null : [found.map((one) => toItem(one, simplify))];
}

/** The IDs in a parameter: a text with commas or line breaks between them, or an array; each one once. */
export function idsIn(value: unknown): string[] {
	const parts = Array.isArray(value) ? value.map(String) : [String(value ?? '')];
	return [...new Set(parts.flatMap((part) => part.split(/[\s,，;；]+/)).filter((id) => id !== ''))];
}

/** The unfinished ones, from where the last poll stopped. */
function due(ids: string[], { ended, unknown, next }: Memory): string[] {
	return [...ids.slice(next), ...ids.slice(0, next)]
		.filter((id) => !ended.has(id) && !((unknown[id] ?? 0) >= TIMES_UNKNOWN))
		.slice(0, QUERIES_PER_POLL);
}

async function askAll({ clock, deadline }: Poll, exchange: ItemExchange, ids: string[]): Promise<Answer[]> {
	let problems = 0;
	const answers = await Promise.all(
		ids.map(
			async (id) =>
				await gate.pass(async () => {
					if (clock.now() >= deadline || problems >= MOST_PROBLEMS) return undefined;
					const answer = await ask(exchange, id, deadline);
					if ('problem' in answer) problems += 1;
					return answer;
				}),
		),
	);
	return answers.filter((answer) => answer !== undefined);
}

async function ask(exchange: ItemExchange, id: string, deadline: number): Promise<Answer> {
	const found = await findTask(exchange, id, deadline);
	if ('task' in found) return { id, found };
	if (refusalOf(found)?.meaning === 'notFound') return { id, unknown: true };
	return { id, problem: unreadTask(exchange, found, id) };
}

function warnOfUnknown({ context }: Poll, answers: Answer[], unknown: Memory['unknown']): void {
	const ids = answers.flatMap((answer) => ('unknown' in answer ? [answer.id] : []));
	for (const id of ids) unknown[id] = (unknown[id] ?? 0) + 1;
	for (const answer of answers) if ('found' in answer) delete unknown[answer.id];
	if (ids.length > 0) warn(context, `watches tasks that the service does not know: ${ids.join(', ')}. Check the IDs and the credential.`);
}

/** "Fetch Test Event": the last task of the list that has ended. Moves nothing. */
async function lastEnded({ context, deadline }: Poll, exchange: ItemExchange, ids: string[], simplify: boolean): Promise<INodeExecutionData[][]> {
	const unknown: string[] = [];
	for (const id of ids.slice(-QUERIES_OF_TEST).reverse()) {
		const answer = await ask(exchange, id, deadline);
		if ('problem' in answer) throw answer.problem;
		if ('unknown' in answer) unknown.push(id);
		else if (hasEnded(answer.found.task)) return [[toItem(answer.found, simplify)]];
	}
	throw taskError(context.getNode(), {
		message: unknown.length > 0 ? `No task of the list has ended, and the service does not know ${unknown.join(', ')}` : 'No task of the list has ended yet',
		hint: 'Wait until one has ended, or check Task IDs and the credential.',
		itemIndex: 0,
		taskState: 'not-created',
		retryable: true,
	});
}

/** What is kept of the IDs that are still in the list; undefined in the first poll. */
function readMemory(stored: unknown, ids: string[]): Memory | undefined {
	const { ended, unknown, next } = asRecord(stored);
	if (ended === undefined) return undefined;
	const known = new Reported(ended);
	const kept = new Reported();
	for (const id of ids) if (known.has(id)) kept.add(id, 0);
	const counts = Object.entries(asRecord(unknown)).filter(([id]) => ids.includes(id)) as Array<[string, number]>;
	return { ended: kept, unknown: Object.fromEntries(counts), next: Number(next) || 0 };
}

/** As n8n keeps it. */
function storeMemory({ ended, ...rest }: Memory): IDataObject {
	return { ...rest, ended: ended.toJson() };
}

function toItem({ task, reply }: TaskReply, simplify: boolean): INodeExecutionData {
	return { json: simplify ? withoutUndefined(task) : (reply.body as IDataObject) };
}
