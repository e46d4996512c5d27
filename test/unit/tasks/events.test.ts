import { describe, expect, it } from 'vitest';

import { hasHappened, type TaskEvent } from '../../../nodes/tasks/callbacks/events';
import { Seldom } from '../../../nodes/tasks/callbacks/seldom';
import type { Task, TaskStatus } from '../../../nodes/tasks/task';

const STATUSES: TaskStatus[] = ['submitted', 'processing', 'succeeded', 'partial', 'failed', 'unknown'];

describe('an event has happened', () => {
	it.each<[TaskEvent, TaskStatus[]]>([
		['taskCreated', STATUSES],
		['taskFinished', ['succeeded', 'partial', 'failed']],
		['taskSucceeded', ['succeeded', 'partial']],
		['taskFailed', ['failed']],
	])('%s: with the statuses %j', (event, expected) => {
		expect(STATUSES.filter((status) => hasHappened(event, { status } as Task))).toEqual(expected);
	});
});

describe('seldom', () => {
	it('lets each kind happen once in the interval', () => {
		const seldom = new Seldom(1000);
		expect([0, 999, 1000, 1500, 2000].map((now) => seldom.may('a', now))).toEqual([true, false, true, false, true]);
		expect(seldom.may('b', 1)).toBe(true);
	});

	it('remembers a bounded number of kinds', () => {
		const seldom = new Seldom(1000);
		for (let kind = 0; kind <= 1_000; kind += 1) seldom.may(String(kind), 0);
		expect([seldom.may('1000', 1), seldom.may('0', 1)]).toEqual([false, true]);
	});
});
