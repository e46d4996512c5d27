import type { INodePropertyOptions } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import type { Task, TaskStatus } from '../../../../nodes/tasks/model/task';
import {
	eventOption,
	eventProperty,
	hasHappened,
	meaningOf,
	readEvent,
	type TaskEvent,
} from '../../../../nodes/tasks/triggers/events';
import { itemOf } from './support';

const STATUSES: TaskStatus[] = ['submitted', 'processing', 'succeeded', 'partial', 'failed', 'unknown'];
const { node } = itemOf({ answer: () => 404 });

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

describe('the parameter Event', () => {
	const options = (property = eventProperty()) => property.options as INodePropertyOptions[];

	it('offers every event once, in the order of their names, as n8n wants it', () => {
		expect(options().map(({ value }) => value)).toEqual(['taskCreated', 'taskFailed', 'taskFinished', 'taskSucceeded']);
		expect(options().map(({ name }) => name)).toEqual([...options().map(({ name }) => name)].sort());
		expect(options().map(({ value }) => value)).toContain(eventProperty().default);
	});

	it('is the same for all triggers but for the descriptions that one replaces', () => {
		const [created, ...others] = options(eventProperty({ taskCreated: 'Seen for the first time' }));
		expect(created).toEqual({ ...eventOption('taskCreated'), description: 'Seen for the first time' });
		expect(others).toEqual(options().slice(1));
	});

	it('is read as one of the events', () => {
		for (const { value } of options()) expect(readEvent(node, value)).toBe(value);
	});

	it.each([['taskLost'], ['toString'], [''], [undefined], [7], [['taskFailed']]])('of %j is refused', (value) => {
		expect(() => readEvent(node, value)).toThrow(/^Event ".*" is not supported$/);
	});
});

it('a trigger that polls waits for a task to end, or for one to appear', () => {
	const events: TaskEvent[] = ['taskCreated', 'taskFailed', 'taskFinished', 'taskSucceeded'];
	expect(events.map((event) => meaningOf(event).happening)).toEqual(['created', 'ended', 'ended', 'ended']);
});
