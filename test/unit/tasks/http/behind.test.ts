import { describe, expect, it } from 'vitest';

import { readUpTo } from '../../../../nodes/tasks/http/behind';
import { isBehind, type Task, type TaskImage, type TaskStatus } from '../../../../nodes/tasks/model/task';
import { endpoint, itemOf, NOW, PausingClock, task } from '../triggers/support';

const told = task('1', 'succeeded');

/** Reads while the service gives these statuses, one a request; the last one again and again. */
async function readWith(
	answers: Array<TaskStatus | number>,
	{ deadline, abortAt }: { deadline?: number; abortAt?: number } = {},
) {
	const clock = new PausingClock();
	const stop = new AbortController();
	let reads = 0;
	const answer = () => {
		const said = answers[Math.min(reads, answers.length - 1)];
		reads += 1;
		if (reads === abortAt) setTimeout(() => stop.abort());
		return typeof said === 'number' ? said : task('1', said);
	};
	const signal = abortAt === undefined ? undefined : stop.signal;
	const item = itemOf({ answer, clock, signal });
	if (abortAt !== undefined)
		item.clock.pause = async () =>
			await new Promise((resolve) => stop.signal.addEventListener('abort', () => resolve()));
	const found = await readUpTo(item, endpoint, told, deadline);
	return { status: 'task' in found ? found.task.status : undefined, reads, pauses: clock.pauses };
}

describe('a read after a callback', () => {
	it('that is up to it is the only one', async () => {
		expect(await readWith(['succeeded'])).toEqual({ status: 'succeeded', reads: 1, pauses: [] });
	});

	it('that is behind it is repeated until it has caught up', async () => {
		expect(await readWith(['processing', 'submitted', 'failed'])).toEqual({
			status: 'failed',
			reads: 3,
			pauses: [1000, 2000],
		});
	});

	it('is repeated three times; then the answer stays behind', async () => {
		expect(await readWith(['processing'])).toEqual({ status: 'processing', reads: 4, pauses: [1000, 2000, 4000] });
	});

	it('is not repeated where the service does not know the task, or not any more', async () => {
		expect(await readWith([404])).toEqual({ status: undefined, reads: 1, pauses: [] });
		expect(await readWith(['processing', 404])).toEqual({ status: undefined, reads: 2, pauses: [1000] });
	});

	it('is not repeated beyond the deadline', async () => {
		expect(await readWith(['processing'], { deadline: NOW + 3500 })).toMatchObject({ reads: 3, pauses: [1000, 2000] });
	});

	it('tells once more before each pause that it takes longer', async () => {
		let told = 0;
		const statuses: TaskStatus[] = ['processing', 'processing', 'succeeded'];
		const item = itemOf({ answer: () => task('1', statuses.shift()) });
		await readUpTo(item, endpoint, task('1', 'succeeded'), undefined, () => void (told += 1));
		expect(told).toBe(2);
	});

	it('keeps what it knows when the execution is stopped meanwhile', async () => {
		expect(await readWith(['processing'], { abortAt: 1 })).toMatchObject({ status: 'processing', reads: 1 });
	});
});

describe('what is read is behind what was told', () => {
	const status = (value: TaskStatus) => ({ status: value, images: [] as TaskImage[] }) as Task;

	it('only when the end was told and is not there yet', () => {
		expect(isBehind({}, status('processing'), status('succeeded'))).toBe(true);
		expect(isBehind({}, status('unknown'), status('failed'))).toBe(true);
		expect(isBehind({}, status('succeeded'), status('processing'))).toBe(false);
		expect(isBehind({}, status('failed'), status('succeeded'))).toBe(false);
		expect(isBehind({}, status('processing'), status('submitted'))).toBe(false);
	});
});
