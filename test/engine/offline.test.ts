/** Tests cannot leave this machine, whichever way they try. */
import { get } from 'node:https';
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import { once } from 'node:events';
import { expect, it } from 'vitest';

import { takeBlockedHosts } from '../harness/offline.ts';

it('refuses other hosts by name', async () => {
	await expect(fetch('http://fetch.example.com/')).rejects.toMatchObject({
		cause: { message: 'Tests are offline: connection to fetch.example.com refused' },
	});
	await expect(once(get('https://192.0.2.1/'), 'response')).rejects.toThrow('192.0.2.1');
	await expect(once(connect(443, 'net.example.com'), 'connect')).rejects.toThrow('net.example.com');
	await expect(lookup('name.example.com')).rejects.toThrow('name.example.com');

	const hosts = ['fetch.example.com', '192.0.2.1', 'net.example.com', 'name.example.com'];
	expect(takeBlockedHosts()).toEqual(hosts);
});

it('lets loopback through', async () => {
	// Nothing listens on port 1: the refusal is the system's.
	await expect(once(connect(1, '127.0.0.1'), 'connect')).rejects.toThrow('ECONNREFUSED');
	expect((await lookup('localhost')).family).toBeGreaterThan(0);
});
