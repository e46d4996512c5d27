import { describe, expect, it } from 'vitest';

import { isReachable } from '../../../../nodes/tasks/suspend/publicUrl';

describe('an address that a service on the Internet can call', () => {
	it.each([
		'https://n8n.example.com/webhook-waiting/1?signature=a',
		'http://n8n.example.com:5678/',
		'https://n8n.example.com./',
		'http://203.0.113.7/',
		'http://172.15.0.1/',
		'http://172.32.0.1/',
		'http://100.63.255.255/',
		'http://192.169.0.1/',
		'http://[2001:db8::1]/',
		'http://[::ffff:203.0.113.7]/',
		'https://10.example.com/',
		'https://localhost.example.com/',
	])('%s', (url) => expect(isReachable(url)).toBe(true));
});

describe('an address that only its own network can reach', () => {
	it.each([
		'http://localhost:5678/',
		'http://LOCALHOST/',
		'http://n8n.localhost/',
		'http://localhost./',
		'http://n8n:5678/',
		'http://n8n.local/',
		'http://n8n.internal/',
		'http://nas.home.arpa/',
		'http://0.0.0.0/',
		'http://127.0.0.1/',
		'http://127.1/',
		'http://0x7f000001/',
		'http://2130706433/',
		'http://10.1.2.3/',
		'http://100.64.0.1/',
		'http://100.127.255.255/',
		'http://169.254.169.254/',
		'http://172.16.0.1/',
		'http://172.31.255.255/',
		'http://192.168.1.10/',
		'http://[::]/',
		'http://[::1]/',
		'http://[fc00::1]/',
		'http://[fd12:3456::1]/',
		'http://[fe80::1]/',
		'http://[::ffff:10.0.0.1]/',
		'http://[::ffff:127.0.0.1]/',
		'ftp://n8n.example.com/',
		'n8n.example.com',
		'',
	])('%s', (url) => expect(isReachable(url)).toBe(false));
});
