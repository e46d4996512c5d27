/**
 * Set-up file of the tests: nothing may leave this machine.
 *
 * A connection or name look-up to another host fails with an error that names the host, and the test in
 * which it happened fails too, even if the code under test swallowed the error.
 */
import { afterEach } from 'vitest';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';

const { hosts: blocked, traces } = guard();

/** The hosts that were asked for since the last call; a test that tries on purpose takes them away. */
export function takeBlockedHosts(): string[] {
	traces.length = 0;
	return blocked.splice(0);
}

afterEach(() => {
	// Files share a process, so what is still at work may be of the file before: the trace tells.
	const cause = traces[0];
	const hosts = takeBlockedHosts();
	if (hosts.length > 0) throw new Error(`The test tried to reach ${hosts.join(', ')}`, { cause });
});

/** Hosts that were asked for, and from where. */
interface Blocked {
	hosts: string[];
	traces: Error[];
}

/** Installed once in a process; this file may be evaluated more often. */
function guard(): Blocked {
	const shared = globalThis as typeof globalThis & { blockedHosts?: Blocked };
	if (shared.blockedHosts) return shared.blockedHosts;
	const { hosts, traces } = (shared.blockedHosts = { hosts: [], traces: [] } as Blocked);

	// A proxy on this machine would carry requests out.
	for (const name of ['http_proxy', 'https_proxy', 'all_proxy']) {
		delete process.env[name];
		delete process.env[name.toUpperCase()];
	}

	const refuse = (host: string) => {
		hosts.push(host);
		traces.push(new Error(`Asked for ${host} here`));
		return Object.assign(new Error(`Tests are offline: connection to ${host} refused`), {
			code: 'ETESTOFFLINE',
			host,
		});
	};

	// net, tls, http, https and fetch all end here.
	const { connect } = net.Socket.prototype;
	net.Socket.prototype.connect = function (this: net.Socket, ...args: unknown[]) {
		const host = hostOf(args);
		if (host === undefined || isLoopback(host)) return Reflect.apply(connect, this, args);
		const error = refuse(host);
		process.nextTick(() => this.destroy(error));
		return this;
	} as typeof connect;

	const { lookup } = dns;
	dns.lookup = function (host: string, ...rest: unknown[]) {
		if (isLoopback(host)) return Reflect.apply(lookup, dns, [host, ...rest]);
		const callback = rest.at(-1) as (error: Error) => void;
		const error = refuse(host);
		process.nextTick(() => callback(error));
	} as typeof lookup;

	const { lookup: lookupPromise } = dns.promises;
	dns.promises.lookup = async function (host: string, ...rest: unknown[]) {
		if (isLoopback(host)) return await Reflect.apply(lookupPromise, dns.promises, [host, ...rest]);
		throw refuse(host);
	} as typeof lookupPromise;

	syncBuiltinESMExports();
	return shared.blockedHosts;
}

/** Node calls `connect` with (options), (port, host), (path), or a list that holds one of these. */
function hostOf(args: unknown[]): string | undefined {
	const [first, second] = Array.isArray(args[0]) ? (args[0] as unknown[]) : args;
	if (typeof first === 'object' && first !== null) {
		const { path, host } = first as { path?: string; host?: string };
		return path ? undefined : (host ?? 'localhost');
	}
	const isPath = typeof first === 'string' && !/^\d+$/.test(first);
	if (isPath) return undefined;
	return typeof second === 'string' ? second : 'localhost';
}

function isLoopback(host: string): boolean {
	const plain = host.replace(/^\[|\]$/g, '').toLowerCase();
	return (
		plain === '' ||
		plain === 'localhost' ||
		plain.endsWith('.localhost') ||
		['::1', '::', '0.0.0.0'].includes(plain) ||
		/^(::ffff:)?127(\.\d+){3}$/.test(plain)
	);
}
