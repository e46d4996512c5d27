import { describe, expect, it } from 'vitest';

import { Progress } from '../../../../nodes/tasks/item/progress';
import type { Task, TaskStatus } from '../../../../nodes/tasks/model/task';

const taskOf = (status: TaskStatus = 'submitted', more: object = {}): Task => ({
	service: 's',
	resource: 'r',
	taskId: '930810057590833241',
	status,
	images: [],
	...more,
});

describe('what is known of the paid work', () => {
	it('is that there is none, before anything is sent', () => {
		const progress = new Progress();
		expect(progress.taskState).toBe('not-created');
		expect([progress.hasTask, progress.isFoundAgain]).toEqual([false, false]);
	});

	it('is that it may exist, while a create is on its way or its answer is lost', () => {
		const progress = new Progress();
		progress.sending('n8n-1');
		expect([progress.taskState, progress.externalTaskId]).toEqual(['may-exist', 'n8n-1']);
		expect([progress.hasTask, progress.isFoundAgain]).toEqual([true, true]);
	});

	it('without an ID cannot be found again: it may be paid twice', () => {
		const progress = new Progress();
		progress.sending();
		expect(progress.taskState).toBe('may-exist');
		expect([progress.hasTask, progress.isFoundAgain]).toEqual([true, false]);
	});

	it('is that there is none after a refusal, and its ID is no ID of a task', () => {
		const progress = new Progress();
		progress.sending('n8n-1');
		progress.refused();
		expect([progress.taskState, progress.externalTaskId, progress.hasTask]).toEqual(['not-created', undefined, false]);
	});

	it('is that it exists, once it was seen, whatever fails afterwards', () => {
		const progress = new Progress();
		progress.sending('n8n-1');
		progress.saw(taskOf());
		expect(progress.taskState).toBe('created');
		expect(progress.toJson()).toEqual({
			taskId: '930810057590833241',
			externalTaskId: 'n8n-1',
			status: 'submitted',
			taskState: 'created',
		});
	});

	it('a retry does not find a failed task again, but buys another', () => {
		const progress = new Progress();
		progress.saw(taskOf('failed'));
		expect([progress.taskState, progress.hasTask, progress.isFoundAgain]).toEqual(['created', true, false]);
	});
});

describe('what was seen last', () => {
	it('counts', () => {
		const progress = new Progress();
		progress.saw(taskOf('processing', { externalTaskId: 'n8n-1' }));
		expect([progress.status, progress.hasEnded]).toEqual(['processing', false]);
		progress.saw(taskOf('succeeded'));
		expect([progress.status, progress.hasEnded, progress.externalTaskId]).toEqual(['succeeded', true, 'n8n-1']);
	});
});

describe('facts', () => {
	it('are those keys of a task that no later answer repeats, and stay', () => {
		const progress = new Progress();
		progress.saw(taskOf('submitted', { userId: 'U1', other: 'x' }), ['userId', 'absent']);
		progress.saw(taskOf('succeeded'), ['userId']);
		expect(progress.facts).toEqual({ userId: 'U1' });
	});

	it('are not made of what is absent or empty', () => {
		const progress = new Progress();
		progress.add({ userId: 'U1', paths: ['u/1.jpg'] });
		progress.add({ userId: undefined, paths: [], modelTaskId: '', seed: 0, flag: false });
		expect(progress.facts).toEqual({ userId: 'U1', paths: ['u/1.jpg'], seed: 0, flag: false });
	});

	it('are in the data of an error beside IDs and status', () => {
		const progress = new Progress();
		progress.add({ paths: ['u/1.jpg'] });
		expect(progress.toJson()).toEqual({ taskState: 'not-created', paths: ['u/1.jpg'] });
	});
});

describe('the next task of an item', () => {
	function afterFirst() {
		const progress = new Progress();
		progress.sending('n8n-1');
		progress.saw(taskOf('succeeded', { userId: 'U1' }), ['userId']);
		progress.nextTask();
		return progress;
	}

	it('is not created yet, and what the first one made stays', () => {
		const progress = afterFirst();
		expect([progress.taskState, progress.taskId, progress.externalTaskId, progress.status, progress.hasEnded]).toEqual([
			'not-created',
			undefined,
			undefined,
			undefined,
			false,
		]);
		expect(progress.facts).toEqual({ userId: 'U1' });
	});

	it('does not make the first one forgotten, which is paid and found again', () => {
		const progress = afterFirst();
		expect([progress.hasTask, progress.isFoundAgain]).toEqual([true, true]);
		progress.sending('n8n-2');
		progress.refused();
		expect([progress.taskState, progress.hasTask]).toEqual(['not-created', true]);
	});

	it('where there was none before, leaves nothing to tell', () => {
		const progress = new Progress();
		progress.nextTask();
		expect(progress.hasTask).toBe(false);
	});
});

describe('a line of the log', () => {
	it('names IDs, facts and status', () => {
		const progress = new Progress();
		progress.sending('n8n-1');
		expect(progress.text).toBe('external task ID: n8n-1 (may exist)');
		progress.saw(taskOf('processing'));
		progress.add({ userId: 'U1', paths: ['u/1.jpg', 'u/2.jpg'] });
		expect(progress.text).toBe(
			'Task ID: 930810057590833241, external task ID: n8n-1, userId: U1, paths: u/1.jpg,u/2.jpg (processing)',
		);
		progress.nextTask();
		expect(progress.text).toBe('userId: U1, paths: u/1.jpg,u/2.jpg (not created)');
	});

	it('says what is known where there is no ID', () => {
		const progress = new Progress();
		progress.sending();
		expect(progress.text).toBe('(may exist)');
	});
});
