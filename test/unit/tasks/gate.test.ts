import { expect, it } from 'vitest';

import { Gate } from '../../../nodes/tasks/gate';

function work() {
	const log: string[] = [];
	const ends = new Map<string, { done: () => void; fail: (error: Error) => void }>();
	const start = (name: string) => async () => {
		log.push(name);
		return await new Promise<string>((resolve, reject) => ends.set(name, { done: () => resolve(name), fail: reject }));
	};
	return { log, start, end: (name: string) => ends.get(name)?.done(), fail: (name: string) => ends.get(name)?.fail(new Error(name)) };
}

const settle = async () => await new Promise<void>((resolve) => setImmediate(resolve));

it('lets no more in than there are places, in the order of arrival', async () => {
	const { log, start, end } = work();
	const gate = new Gate(2);
	const results = ['a', 'b', 'c', 'd'].map(async (name) => await gate.pass(start(name)));
	await settle();
	expect(log).toEqual(['a', 'b']);
	end('b');
	await settle();
	expect(log).toEqual(['a', 'b', 'c']);
	end('a');
	await settle();
	end('c');
	end('d');
	expect(await Promise.all(results)).toEqual(['a', 'b', 'c', 'd']);
});

it('gives the place back when work fails', async () => {
	const { log, start, end, fail } = work();
	const gate = new Gate(1);
	const first = gate.pass(start('a'));
	const second = gate.pass(start('b'));
	await settle();
	fail('a');
	await expect(first).rejects.toThrow('a');
	end('b');
	expect(await second).toBe('b');
	expect(log).toEqual(['a', 'b']);
});

it('nobody slips in between the end of one and the start of the next in line', async () => {
	const gate = new Gate(1);
	let running = 0;
	let peak = 0;
	const step = async () => {
		running += 1;
		peak = Math.max(peak, running);
		await settle();
		running -= 1;
	};
	const first = gate.pass(step);
	const queued = gate.pass(step);
	await first;
	await Promise.all([queued, gate.pass(step), gate.pass(step)]);
	expect([peak, running]).toEqual([1, 0]);
});

it('Stop leaves the line at once, without the work and without taking a place', async () => {
	const { log, start, end } = work();
	const gate = new Gate(1);
	const stop = new AbortController();
	const first = gate.pass(start('a'));
	const stopped = gate.pass(start('b'), stop.signal);
	const third = gate.pass(start('c'));
	await settle();
	stop.abort();
	expect(await stopped).toBeUndefined();
	expect(await gate.pass(start('d'), stop.signal)).toBeUndefined();
	end('a');
	expect(await first).toBe('a');
	await settle();
	end('c');
	expect(await third).toBe('c');
	expect(log).toEqual(['a', 'c']);
	const last = gate.pass(start('e'));
	end('e');
	expect(await last).toBe('e');
});
