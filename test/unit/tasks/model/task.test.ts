import { describe, expect, it } from 'vitest';

import {
	hasEnded,
	isBehind,
	isWhole,
	isoTime,
	withoutUndefined,
	withWarning,
	type Task,
	type TaskImage,
	type TaskStatus,
} from '../../../../nodes/tasks/model/task';

const STATUSES: TaskStatus[] = ['submitted', 'processing', 'succeeded', 'partial', 'failed', 'unknown'];

const taskOf = (status: TaskStatus): Task => ({ service: 's', resource: 'r', taskId: '1', status, images: [] });

it('a task has ended as succeeded, partial or failed; an unknown status counts as still running', () => {
	expect(STATUSES.filter((status) => hasEnded(taskOf(status)))).toEqual(['succeeded', 'partial', 'failed']);
});

it('a reading is behind only where the end was told and is not read', () => {
	const behind = STATUSES.flatMap((read) => STATUSES.map((told) => [read, told] as const)).filter(([read, told]) =>
		isBehind({}, taskOf(read), taskOf(told)),
	);
	expect(new Set(behind.map(([read]) => read))).toEqual(new Set(['submitted', 'processing', 'unknown']));
	expect(new Set(behind.map(([, told]) => told))).toEqual(new Set(['succeeded', 'partial', 'failed']));
	expect(behind).toHaveLength(9);
});

describe('a success', () => {
	const image: TaskImage = { index: 0, url: 'https://a/0.png' };
	const whole: Task = { ...taskOf('succeeded'), images: [image] };

	it('is whole with an image, or by the rule of its kind; what has not succeeded has nothing to tell', () => {
		const kinds = [{}, { withoutImages: true }, { tellsResult: ({ elementId }: Task) => elementId !== undefined }];
		const tasks = [taskOf('succeeded'), taskOf('partial'), whole, { ...taskOf('succeeded'), elementId: '1' }];
		expect(kinds.map((kind) => tasks.map((task) => isWhole(kind, task)))).toEqual([
			[false, false, true, false],
			[true, true, true, true],
			[false, false, false, true],
		]);
		expect(['processing', 'failed', 'unknown'].map((status) => isWhole({}, taskOf(status as TaskStatus)))).toEqual([
			true,
			true,
			true,
		]);
	});

	it('that is read without the result that was told is behind; where none was told, the reading counts', () => {
		expect(isBehind({}, taskOf('succeeded'), whole)).toBe(true);
		expect(isBehind({}, taskOf('succeeded'), taskOf('succeeded'))).toBe(false);
		expect(isBehind({}, whole, taskOf('succeeded'))).toBe(false);
		expect(isBehind({ withoutImages: true }, taskOf('succeeded'), whole)).toBe(false);
	});
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
