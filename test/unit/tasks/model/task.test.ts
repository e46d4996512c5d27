import { describe, expect, it } from 'vitest';

import {
	hasEnded,
	isBehind,
	isoTime,
	withoutUndefined,
	withWarning,
	type Task,
	type TaskStatus,
} from '../../../../nodes/tasks/model/task';

const STATUSES: TaskStatus[] = ['submitted', 'processing', 'succeeded', 'partial', 'failed', 'unknown'];

const taskOf = (status: TaskStatus): Task => ({ service: 's', resource: 'r', taskId: '1', status, images: [] });

it('a task has ended as succeeded, partial or failed; an unknown status counts as still running', () => {
	expect(STATUSES.filter((status) => hasEnded(taskOf(status)))).toEqual(['succeeded', 'partial', 'failed']);
});

it('a reading is behind only where the end was told and is not read', () => {
	const behind = STATUSES.flatMap((read) => STATUSES.map((told) => [read, told] as const)).filter(([read, told]) =>
		isBehind(taskOf(read), taskOf(told)),
	);
	expect(new Set(behind.map(([read]) => read))).toEqual(new Set(['submitted', 'processing', 'unknown']));
	expect(new Set(behind.map(([, told]) => told))).toEqual(new Set(['succeeded', 'partial', 'failed']));
	expect(behind).toHaveLength(9);
});

it('a warning joins those that are there, and leaves the task as it was', () => {
	const task = taskOf('succeeded');
	expect(withWarning(withWarning(task, 'one'), 'two').warnings).toEqual(['one', 'two']);
	expect(task.warnings).toBeUndefined();
});

it('an absent field is absent, and null, 0 and false are values', () => {
	expect(withoutUndefined({ a: undefined, b: null, c: 0, d: false, e: '' })).toEqual({
		b: null,
		c: 0,
		d: false,
		e: '',
	});
	expect('a' in withoutUndefined({ a: undefined })).toBe(false);
});

describe('a time of a service', () => {
	it.each([
		[1_700_000_000, '2023-11-14T22:13:20.000Z'],
		[1_700_000_000_123, '2023-11-14T22:13:20.123Z'],
		['1700000000', '2023-11-14T22:13:20.000Z'],
		['1700000000123', '2023-11-14T22:13:20.123Z'],
	])('%j is %s', (value, time) => {
		expect(isoTime(value)).toBe(time);
	});

	it.each([0, -1, '', 'soon', null, undefined, {}, Number.NaN, Infinity, 1e300])('%j is none', (value) => {
		expect(isoTime(value)).toBeUndefined();
	});
});
