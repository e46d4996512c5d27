import { boughtOf, sleeperOf } from './accounts';
import type { Books } from './books';
import type { Clerk } from './clerk';
import { isOpen } from '../../../sandbox/n8n/execution';
import { linesOn } from './logs';
import type { Course, Growth } from './memory';
import type { Outcome } from './run';
import { MINUTES, SEED } from './settings';
import type { World } from './world';

/** A run in one table. */
export function summary(outcome: Outcome): string {
	const { placed, made, ours, recipe, tasks, byWay, rows, stopped, memory, staticData, unhandled } = outcome;
	const both = (of: (books: Books) => number) => `${of(ours)}; HTTP Request recipe ${of(recipe)}`;
	const statuses = new Map<string, number>();
	for (const { status } of rows) statuses.set(status, (statuses.get(status) ?? 0) + 1);
	return table([
		['seed', SEED],
		['minutes', MINUTES],
		['orders', `${placed.orders} of ${placed.items} items, ${placed.unanswered} without an answer by n8n`],
		['tasks in the ledger', `${tasks}, ${(tasks / MINUTES).toFixed(0)} a minute`],
		['delivered, by way', counts(byWay)],
		['troubles', counts(Object.entries(made))],
		['executions', `${rows.length}: ${counts(statuses)}`],
		['retries', rows.filter(({ retryOf }) => retryOf !== '').length],
		['left by killed workers, stopped and retried', stopped],
		['still open', counts(rows.filter(isOpen).map(({ id, status }) => [`${status} #${id}`, 1]))],
		['tasks of our nodes', both(sizeOf)],
		['bought twice', both(({ boughtTwice }) => boughtTwice.length)],
		['undelivered', both(({ undelivered }) => undelivered.length)],
		['delivered twice', both(({ deliveredTwice }) => deliveredTwice.length)],
		['named by errors', both(({ named }) => named.length)],
		['failed and free, told by others', both(({ followed }) => followed.length)],
		['killed within a create without a key', ours.cutOff.length],
		['memory, MB per 1,000 executions', [...memory].map(growthOf).join('; ')],
		['static data of triggers, characters', [...staticData.values()].join(', ')],
		['lines of uncaught errors in logs', unhandled.length],
	]);
}

/** What there is to know of each finding, since nothing of a run is left when it has ended. */
export async function findings(world: World, clerk: Clerk, { ours, rows }: Outcome): Promise<string[]> {
	const { provider } = world;
	const missing = [...ours.undelivered, ...ours.deliveredTwice].map(({ order }) => order);
	const told = clerk.refusals.length === 0 ? [] : [`retries without an end:\n${clerk.refusals.join('\n')}`];
	for (const order of new Set([...ours.boughtTwice, ...missing])) {
		const tasks = provider.ledger().filter((entry) => boughtOf(entry).order === order);
		const ids = tasks.map(({ taskId }) => taskId);
		const creates = provider.requests().filter(({ on, taskId = '' }) => on === 'create' && ids.includes(taskId));
		const sleepers = [...new Set(tasks.flatMap((task) => sleeperOf(task) ?? []))];
		const facts = {
			tasks,
			creates,
			executions: await clerk.mentions(rows, order, ids, sleepers),
			logs: await Promise.all(sleepers.map(async (id) => await linesOn(world, id))),
		};
		told.push(`${order}:\n${JSON.stringify(facts, null, 1)}`);
	}
	return told;
}

function sizeOf({ delivered, named, followed, cutOff, undelivered }: Books): number {
	return delivered + named.length + followed.length + cutOff.length + undelivered.length;
}

function growthOf([name, { held, resident, executions }]: [string, Growth]): string {
	if (held.leastMb.length < 2) return `${name} not told by so short a run`;
	const told = ({ growth, leastMb }: Course) =>
		`${growth.toFixed(1)} (by the minute ${leastMb.map((mb) => mb.toFixed(0)).join(' ')})`;
	return `${name}, from ${executions} executions, held ${told(held)}, resident ${told(resident)}`;
}

function table(rows: Array<[name: string, value: unknown]>): string {
	const width = Math.max(...rows.map(([name]) => name.length));
	return rows.map(([name, value]) => `${name.padEnd(width)}  ${String(value)}`).join('\n');
}

function counts(of: Iterable<[string, number]>): string {
	return [...of].map(([name, count]) => `${name} ${count}`).join(', ') || 'none';
}
