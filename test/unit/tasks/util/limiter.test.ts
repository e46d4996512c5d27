import { getEventListeners, setMaxListeners } from 'node:events';
import { describe, expect, it } from 'vitest';

import { Limiter, limiterPerAccount } from '../../../../nodes/tasks/util/limiter';

function work() {
	const log: string[] = [];
	const ends = new Map<string, { done: () => void; fail: (error: Error) => void }>();
	const start = (name: string) => async () => {
		log.push(name);
		return await new Promise<string>((resolve, reject) => {
			ends.set(name, { done: () => resolve(name), fail: reject });
		});
	};
	const end = (name: string) => ends.get(name)?.done();
	return { log, start, end, fail: (name: string) => ends.get(name)?.fail(new Error(name)) };
}

const settle = async () => await new Promise<void>((resolve) => setImmediate(resolve));

describe('a limiter', () => {
	it('lets no more run than there are places, in the order of arrival', async () => {
		const { log, start, end } = work();
		const limiter = new Limiter(2);
		const results = ['a', 'b', 'c', 'd'].map(async (name) => await limiter.run(start(name)));
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
		const limiter = new Limiter(1);
		const first = limiter.run(start('a'));
		const second = limiter.run(start('b'));
		await settle();
		fail('a');
		await expect(first).rejects.toThrow('a');
		end('b');
		expect(await second).toBe('b');
		expect(log).toEqual(['a', 'b']);
	});

	it('lets nobody slip in between the end of one and the start of the next in line', async () => {
		const limiter = new Limiter(1);
		let running = 0;
		let peak = 0;
		const step = async () => {
			running += 1;
			peak = Math.max(peak, running);
			await settle();
			running -= 1;
		};
		const first = limiter.run(step);
		const queued = limiter.run(step);
		await first;
		await Promise.all([queued, limiter.run(step), limiter.run(step)]);
		expect([peak, running]).toEqual([1, 0]);
	});

	it('at Stop is left at once, without the work and without taking a place', async () => {
		const { log, start, end } = work();
		const limiter = new Limiter(1);
		const stop = new AbortController();
		const first = limiter.run(start('a'));
		const stopped = limiter.run(start('b'), stop.signal);
		const third = limiter.run(start('c'));
		await settle();
		stop.abort();
		expect(await stopped).toBeUndefined();
		expect(await limiter.run(start('d'), stop.signal)).toBeUndefined();
		end('a');
		expect(await first).toBe('a');
		await settle();
		end('c');
		expect(await third).toBe('c');
		expect(log).toEqual(['a', 'c']);
		const last = limiter.run(start('e'));
		end('e');
		expect(await last).toBe('e');
	});

	it('serves thousands in line, and leaves no listener behind', async () => {
		const limiter = new Limiter(3);
		const stop = new AbortController();
		setMaxListeners(0, stop.signal);
		let done = 0;
		const one = async () => await limiter.run(async () => (await settle(), (done += 1)), stop.signal);
		await Promise.all(Array.from({ length: 3_000 }, one));
		expect(done).toBe(3_000);
		expect(getEventListeners(stop.signal, 'abort')).toHaveLength(0);
	});
});

describe('a limiter for each account', () => {
	it('is the same for the same account', () => {
		const limiterOf = limiterPerAccount(1);
		expect(limiterOf('a')).toBe(limiterOf('a'));
		expect(limiterOf('a')).not.toBe(limiterOf('b'));
	});

	it('lets an account that hangs hold up nobody else', async () => {
		const limiterOf = limiterPerAccount(1);
		const { log, start, end } = work();
		void limiterOf('hanging').run(start('a'));
		void limiterOf('hanging').run(start('b'));
		const other = limiterOf('other').run(start('c'));
		await settle();
		end('c');
		expect(await other).toBe('c');
		expect(log).toEqual(['a', 'c']);
	});

	it('is kept for a bounded number of accounts', () => {
		const limiterOf = limiterPerAccount(1);
		const first = limiterOf('first');
		for (let account = 0; account < 1_000; account += 1) limiterOf(String(account));
		expect(limiterOf('first')).not.toBe(first);
	});
});
