/**
 * n8n in queue mode under all at once: orders by every way, answers that are spoilt, workers that are killed, Redis and the
 * service restarted. 5 minutes of it, or as many as `npm run soak -- --minutes 30 --seed 7` says. At the end the
 * simulator's ledger is compared with what the executions have delivered.
 */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isTelling } from './setup/memory';
import { soak, type Outcome } from './setup/run';
import { MINUTES } from './setup/settings';
import { MOST_STATIC } from './setup/staticData';
import { startWorld, type World } from './setup/world';

/** What a run of 30 minutes or more has to reach. */
const TASKS_A_MINUTE = 66;
const LONG_MINUTES = 30;
/** MB for each 1,000 executions. */
const MOST_GROWTH = 5;

const MINUTE = 60_000;
/** For the start of n8n, and for what is open when the load has ended. */
const BESIDE_MINUTES = 40;

let world: World;
let outcome: Outcome;

beforeAll(
	async () => {
		world = await startWorld();
		outcome = await soak(world);
	},
	(MINUTES + BESIDE_MINUTES) * MINUTE,
);

afterAll(async () => await world?.stop(), 2 * MINUTE);

test('no order is bought twice', () => {
	expect(outcome.ours.boughtTwice).toEqual([]);
});

test('every task that was bought is delivered, or named by the error of its execution', () => {
	expect(outcome.ours.undelivered).toEqual([]);
	expect(outcome.ours.delivered).toBeGreaterThan(0);
});

test('no task is delivered by two executions', () => {
	expect(outcome.ours.deliveredTwice).toEqual([]);
});

test('workers were killed, Redis and the service restarted, answers spoilt', () => {
	for (const count of Object.values(outcome.made)) expect(count).toBeGreaterThan(0);
});

test(`main and worker grow at most ${MOST_GROWTH} MB for each 1,000 executions, where the run is long enough to tell`, () => {
	for (const [name, growth] of outcome.memory) {
		if (isTelling(growth)) expect(growth.held.growth, name).toBeLessThanOrEqual(MOST_GROWTH);
	}
});

test('n8n keeps no more between executions than what triggers have to remember', () => {
	for (const [id, length] of outcome.staticData) {
		expect(outcome.watches.has(id), `only triggers keep something, not ${id}`).toBe(true);
		expect(length).toBeLessThanOrEqual(MOST_STATIC);
	}
});

test('no instance tells of an error that nobody has caught', () => {
	expect(outcome.unhandled).toEqual([]);
});

test(`at least ${TASKS_A_MINUTE} tasks a minute, in a run of ${LONG_MINUTES} minutes or more`, () => {
	expect(outcome.tasks).toBeGreaterThanOrEqual(MINUTES >= LONG_MINUTES ? TASKS_A_MINUTE * MINUTES : 1);
});
