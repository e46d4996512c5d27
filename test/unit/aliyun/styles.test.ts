/** The account rule of the event New Style; the rest is tested with n8n (test/engine/aliyun). */
import type { IDataObject } from 'n8n-workflow';
import { expect, it } from 'vitest';

import { newStyles } from '../../../nodes/AliyunPortrait/styles';
import { pollOf } from '../tasks/triggers/support';

/** A trigger that is polled; `styles` are those of the service asked. */
function watching() {
	const memory: IDataObject = {};
	return async (styles: string[], account = 'account'): Promise<unknown[]> => {
		const answer = () => ({ ret: 0, body: styles.map((style) => ({ style, name: `Style ${style}` })) });
		const items = await newStyles(pollOf({ answer, memory, account }), true);
		return (items?.[0] ?? []).map(({ json }) => json.styleId);
	};
}

it('another service is a new baseline: its styles are not new, those that it adds are', async () => {
	const poll = watching();
	await poll(['a', 'b']);
	expect(await poll(['x', 'y'], 'other')).toEqual([]);
	expect(await poll(['x', 'y', 'z'], 'other')).toEqual(['z']);
});

it('another key at the same service goes on: what was added meanwhile is reported', async () => {
	const poll = watching();
	await poll(['a', 'b']);
	expect(await poll(['a', 'b', 'c'], 'new key')).toEqual(['c']);
	expect(await poll(['a', 'b', 'c'], 'new key')).toEqual([]);
});

it('a list that changes as a whole under the same account is new as a whole', async () => {
	const poll = watching();
	await poll(['a', 'b']);
	expect(await poll(['x', 'y'])).toEqual(['x', 'y']);
});
