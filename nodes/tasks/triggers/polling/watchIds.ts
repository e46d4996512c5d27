import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { findTask, isUnknown, unreadTask } from '../../http/taskApi';
import type { ItemContext } from '../../item/context';
import { taskError } from '../../model/errors';
import type { Endpoint } from '../../model/service';
import { hasEnded, type TaskReply } from '../../model/task';
import { taskJson } from '../../operations/output';
import { Limiter } from '../../util/limiter';
import { asRecord, asText } from '../../util/parse';
import { count, textOfError } from '../../util/text';
import { accountMark, type Poll } from './poll';
import { SeenIds } from './seenIds';

/**
 * Most status queries of one poll, since they may be billed; the next poll goes on behind them. The first poll has to ask
 * for all, to make out what is old.
 */
export const QUERIES_PER_POLL = 100;

/** Queries of a poll at the same time. */
const QUERIES_AT_ONCE = 4;

/** Queries that may fail before a poll leaves the rest to the next one: the service or the credential is at fault. */
const MOST_PROBLEMS = 3;

/** Most status queries of "Fetch Test Event". */
const QUERIES_OF_TEST = 10;

/** An ID that the service does not know is asked for so many times: queries may be billed. */
const TIMES_UNKNOWN = 3;

/** Most IDs that a message names. */
const NAMED_IDS = 20;

/** What an answer to one query was. */
type Answer = { id: string } & ({ found: TaskReply } | { unknown: true } | { problem: Error });

/** A task that has ended, under the ID of the list. */
type Ended = TaskReply & { id: string };

/** What is kept between polls. */
interface Memory {
	/** Mark of the account that was asked (accountMark). */
	account: string;
	/** Dealt with: ended and reported, or ended before the trigger was there. */
	ended: SeenIds;
	/** Not asked for yet since the trigger is there: those among them that have ended are old. */
	unasked: SeenIds;
	/** How often an ID was unknown, by ID. */
	unknown: Record<string, number>;
	/** Place in the list where the next poll begins. */
	next: number;
}

/** Reports the tasks of a list of IDs when they end, each one once, for services that cannot list their tasks. */
export async function watchIds(
	poll: Poll,
	endpoint: Endpoint,
	ids: string[],
	simplify: boolean,
): Promise<INodeExecutionData[][] | null> {
	if (poll.isManual) return await lastEnded(poll, endpoint, ids, simplify);
	const store = poll.memory();
	const account = await accountMark(poll.item, endpoint.service);
	const stored = readMemory(store.tasks, ids);
	const memory = forAccount(stored, account);
	const answers = await askAll(poll, endpoint, due(ids, memory, stored ? QUERIES_PER_POLL : ids.length));
	// The place moves only past what was asked for: a poll that ran out of time goes on where it stopped.
	const last = answers.at(-1);
	memory.next = last ? ids.indexOf(last.id) + 1 : 0;
	const problems = answers.flatMap((answer) => ('problem' in answer ? [answer.problem] : []));
	if (problems.length > 0 && problems.length === answers.length) {
		// Tasks that cannot be read must not keep the others from being asked for.
		if (stored) store.tasks = storeMemory({ ...stored, next: memory.next });
		throw problems[0];
	}
	for (const answer of answers) {
		if ('problem' in answer) poll.warn(`could not read task ${answer.id}: ${textOfError(answer.problem)}`);
	}
	countUnknown(poll, answers, memory.unknown);
	const ended = endedAmong(answers);
	for (const { id } of ended) memory.ended.add(id);
	const asked = new Set(answers.flatMap((answer) => ('problem' in answer ? [] : [answer.id])));
	const wasUnasked = (id: string) => (stored ? stored.unasked.has(id) : true);
	for (const id of ids) if (wasUnasked(id) && !asked.has(id)) memory.unasked.add(id);
	store.tasks = storeMemory(memory);
	const reported = ended.filter(({ id }) => !wasUnasked(id) && !isOldHere(id, stored, account));
	return reported.length === 0
		? null
		: [await Promise.all(reported.map(async (one) => await toItem(poll.item, endpoint, one, simplify)))];
}

/** The first poll of another account makes out what is old of what the former one did not know. */
function isOldHere(id: string, stored: Memory | undefined, account: string): boolean {
	return stored !== undefined && stored.account !== account && id in stored.unknown;
}

/** The unfinished ones, from where the last poll stopped. */
function due(ids: string[], { ended, unknown, next }: Memory, most: number): string[] {
	return [...ids.slice(next), ...ids.slice(0, next)]
		.filter((id) => !ended.has(id) && (unknown[id] ?? 0) < TIMES_UNKNOWN)
		.slice(0, most);
}

async function askAll(poll: Poll, endpoint: Endpoint, ids: string[]): Promise<Answer[]> {
	const { item, deadline } = poll;
	const limiter = new Limiter(QUERIES_AT_ONCE);
	let problems = 0;
	const askOne = async (id: string): Promise<Answer | undefined> => {
		if (item.clock.now() >= deadline || problems >= MOST_PROBLEMS) return undefined;
		const answer = await ask(poll, endpoint, id);
		if ('problem' in answer) problems += 1;
		return answer;
	};
	const answers = await Promise.all(ids.map(async (id) => await limiter.run(async () => await askOne(id))));
	return answers.filter((answer) => answer !== undefined);
}

async function ask({ item, deadline }: Poll, endpoint: Endpoint, id: string): Promise<Answer> {
	const found = await findTask(item, endpoint, id, deadline);
	if ('task' in found) return { id, found };
	if (isUnknown(found)) return { id, unknown: true };
	return { id, problem: await unreadTask(item, endpoint, found, id) };
}

function endedAmong(answers: Answer[]): Ended[] {
	const found = answers.flatMap((answer) => ('found' in answer ? [{ id: answer.id, ...answer.found }] : []));
	return found.filter(({ task }) => hasEnded(task));
}

function countUnknown({ warn }: Poll, answers: Answer[], unknown: Memory['unknown']): void {
	const ids = answers.flatMap((answer) => ('unknown' in answer ? [answer.id] : []));
	for (const id of ids) unknown[id] = (unknown[id] ?? 0) + 1;
	for (const answer of answers) if ('found' in answer) delete unknown[answer.id];
	if (ids.length === 0) return;
	warn(`watches tasks that the service does not know: ${listOf(ids)}. Check the IDs and the credential.`);
}

/** IDs in a message: as many as anybody reads. */
function listOf(ids: string[]): string {
	const named = ids.slice(0, NAMED_IDS).join(', ');
	return ids.length > NAMED_IDS ? `${named} and ${ids.length - NAMED_IDS} more` : named;
}

/** "Fetch Test Event": the last task of the list that has ended. Moves nothing. */
async function lastEnded(
	poll: Poll,
	endpoint: Endpoint,
	ids: string[],
	simplify: boolean,
): Promise<INodeExecutionData[][]> {
	const unknown: string[] = [];
	for (const id of ids.slice(-QUERIES_OF_TEST).reverse()) {
		const answer = await ask(poll, endpoint, id);
		if ('problem' in answer) throw answer.problem;
		if ('unknown' in answer) unknown.push(id);
		else if (hasEnded(answer.found.task)) return [[await toItem(poll.item, endpoint, answer.found, simplify)]];
	}
	throw taskError(poll.item.node, {
		headline:
			unknown.length > 0
				? `No task of the list has ended, and the service does not know ${count(unknown.length, 'ID')} of it`
				: 'No task of the list has ended yet',
		hint: 'Wait until one has ended, or check Task IDs and the credential.',
		itemIndex: 0,
		taskState: 'not-created',
		retryable: true,
		...(unknown.length > 0 && { more: { unknownTaskIds: unknown } }),
	});
}

/** What is kept of the IDs that are still in the list; undefined in the first poll. */
function readMemory(value: unknown, ids: string[]): Memory | undefined {
	const { account, ended, unasked, unknown, next } = asRecord(value);
	if (ended === undefined) return undefined;
	const stillListed = (stored: unknown) => {
		const [known, kept] = [new SeenIds(stored), new SeenIds()];
		for (const id of ids) if (known.has(id)) kept.add(id);
		return kept;
	};
	const counts = Object.entries(asRecord(unknown)).filter(([id]) => ids.includes(id));
	return {
		account: asText(account) ?? '',
		ended: stillListed(ended),
		unasked: stillListed(unasked ?? {}),
		unknown: Object.fromEntries(counts.map(([id, times]) => [id, Number(times) || 0])),
		next: Number(next) || 0,
	};
}

/** What a poll of this account begins with: another account may know what the former one did not. */
function forAccount(stored: Memory | undefined, account: string): Memory {
	const { ended = new SeenIds(), unknown = {}, next = 0 } = stored ?? {};
	const sameAccount = stored?.account === account;
	return { account, ended, unasked: new SeenIds(), unknown: sameAccount ? { ...unknown } : {}, next };
}

/** As n8n keeps it. */
function storeMemory({ ended, unasked, ...rest }: Memory): IDataObject {
	return { ...rest, ended: ended.toJson(), unasked: unasked.toJson() };
}

async function toItem(
	item: ItemContext,
	{ service }: Endpoint,
	{ task, reply }: TaskReply,
	simplify: boolean,
): Promise<INodeExecutionData> {
	return { json: simplify ? await taskJson(item, service, task) : (asRecord(reply.body) as IDataObject) };
}
