/**
 * What listens to a signal that was made of others is held by Node, on 20 for good, until it listens no more: a listener
 * that stays is memory that a worker never gets back.
 */
import { getEventListeners } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { klingCredentials } from '../../harness/provider.ts';
import { stoppedWhen } from '../support.ts';
import { count, expand, itemsOf, photos, start } from './support.ts';

// Images come from a name, which is looked up first, as those of the real service do.
const { provider, run: runWith, control, created } = await start();
const credentials = klingCredentials(provider.url, { privateImageHosts: 'localhost' });
const resultBaseUrl = provider.url.replace('127.0.0.1', 'localhost');
const run: typeof runWith = async (parameters, options) => await runWith(parameters, { credentials, ...options });

let made: AbortSignal[];

beforeEach(() => {
	made = [];
	control.settings({ resultBaseUrl });
	const real = AbortSignal.any.bind(AbortSignal);
	vi.spyOn(AbortSignal, 'any').mockImplementation((signals) => {
		const signal = real(signals);
		made.push(signal);
		return signal;
	});
});

afterEach(() => void vi.restoreAllMocks());

function expectNoneListening(): void {
	expect(made.length).toBeGreaterThan(0);
	expect(made.flatMap((signal) => getEventListeners(signal, 'abort'))).toEqual([]);
}

describe('no listener stays at a signal made of others', () => {
	it('when images have been downloaded', async () => {
		const items = itemsOf(await run(expand(), { items: photos(...count(2)) }));
		expect(items.map(({ binary }) => Object.keys(binary ?? {}))).toEqual([['image'], ['image']]);
		expectNoneListening();
	});

	it('when a task has failed, under Continue On Fail', async () => {
		control.fates([{ fate: 'failed' }]);
		itemsOf(await run(expand(), { items: photos(...count(2)), onError: 'continueRegularOutput' }));
		expectNoneListening();
	});

	it('when an image is cut off and asked for again', async () => {
		control.faults([{ on: 'file', kind: 'dropAfter', count: 2 }]);
		itemsOf(await run(expand(), { items: photos(...count(2)), onError: 'continueRegularOutput' }));
		expectNoneListening();
	});

	it('after Stop', async () => {
		control.fates([{ fate: 'stuck' }]);
		const result = await stoppedWhen(
			() => created(2),
			async (signal) => await run(expand(), { items: photos(...count(2)), signal }),
		);
		expect(result.status).toBe('canceled');
		expectNoneListening();
	});
});
