import { describe, expect, it } from 'vitest';

import { RateLimit, Recent } from '../../../../nodes/tasks/util/recent';

describe('a rate limit', () => {
	it('lets each kind happen once in the interval', () => {
		const limit = new RateLimit(1000);
		expect([0, 999, 1000, 1500, 2000].map((now) => limit.allows('a', now))).toEqual([true, false, true, false, true]);
		expect(limit.allows('b', 1)).toBe(true);
	});

	it('remembers a bounded number of kinds', () => {
		const limit = new RateLimit(1000);
		for (let kind = 0; kind <= 1_000; kind += 1) limit.allows(String(kind), 0);
		expect([limit.allows('1000', 1), limit.allows('0', 1)]).toEqual([false, true]);
	});
});

describe('a map of what is recent', () => {
	it('forgets first what was set longest ago, and setting again counts', () => {
		const recent = new Recent<number>(2);
		recent.set('a', 1);
		recent.set('b', 2);
		recent.set('a', 3);
		recent.set('c', 4);
		expect(['a', 'b', 'c'].map((key) => recent.get(key))).toEqual([3, undefined, 4]);
	});

	it('makes a value that is missing, and keeps it', () => {
		const recent = new Recent<object>(2);
		const made = recent.ensure('a', () => ({}));
		expect(recent.ensure('a', () => ({}))).toBe(made);
		recent.delete('a');
		expect(recent.get('a')).toBeUndefined();
	});

	it('does not forget what is asked for again and again', () => {
		const recent = new Recent<number>(2);
		recent.ensure('a', () => 1);
		recent.ensure('b', () => 2);
		recent.ensure('a', () => 3);
		recent.ensure('c', () => 4);
		expect(['a', 'b', 'c'].map((key) => recent.get(key))).toEqual([1, undefined, 4]);
	});
});
