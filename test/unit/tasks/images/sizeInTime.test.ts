/** The size of a link's image is waited for no longer than five seconds. */
import { afterEach, expect, it, vi } from 'vitest';

import { kling } from '../../../../nodes/Kling/api';
import { measure } from '../../../../nodes/tasks/images/measure';
import { itemOf } from '../support';

afterEach(() => vi.restoreAllMocks());

it('a link that never answers is given up after five seconds, in one try', async () => {
	const limits: number[] = [];
	const five = new AbortController();
	vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
		limits.push(ms);
		return ms === 5_000 ? five.signal : new AbortController().signal;
	});
	let asked = 0;
	const fetch = async (_request: unknown, ended: AbortSignal) => {
		asked += 1;
		return await new Promise<never>((_, reject) => {
			ended.addEventListener('abort', () => reject(new Error('canceled')));
			queueMicrotask(() => five.abort());
		});
	};
	const size = await measure({ ...itemOf(), fetch }, kling.connection, { kind: 'url', url: 'https://x.test/a.jpg' });
	expect(size).toMatchObject({ reason: expect.any(String), hint: expect.stringContaining('Try again later') });
	expect(limits).toContain(5_000);
	expect(asked).toBe(1);
});
