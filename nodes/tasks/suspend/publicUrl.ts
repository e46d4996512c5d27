/** Networks that nobody reaches from outside: RFC 1122, 1918, 3927 and 6598. */
const PRIVATE_V4: Array<[first: string, bits: number]> = [
	['0.0.0.0', 8],
	['10.0.0.0', 8],
	['100.64.0.0', 10],
	['127.0.0.0', 8],
	['169.254.0.0', 16],
	['172.16.0.0', 12],
	['192.168.0.0', 16],
];

/** Loopback, unspecified, unique local (RFC 4193) and link-local (RFC 4291). */
const PRIVATE_V6 = /^(::1?$|f[cd]|fe[89ab])/;

/** Ends of host names that only a local network knows (RFC 6761, 6762, 8375, and ICANN's reservation of `internal`). */
const LOCAL_NAMES = /(^|\.)(localhost|local|lan|internal|intranet|home\.arpa)$/;

/** True when a service on the Internet can, by all that its host tells, call this address. */
export function isReachable(url: string): boolean {
	if (!URL.canParse(url)) return false;
	const { protocol, hostname } = new URL(url);
	if (protocol !== 'http:' && protocol !== 'https:') return false;
	const host = hostname.replace(/\.$/, '').toLowerCase();
	if (host.startsWith('[')) return isPublicV6(host.slice(1, -1));
	const v4 = numberOf(host);
	if (v4 !== undefined) return isPublicV4(v4);
	// A name without a dot is one of the local network.
	return host.includes('.') && !LOCAL_NAMES.test(host);
}

function isPublicV6(address: string): boolean {
	// URL writes an IPv4 address within an IPv6 one as two groups of hex digits.
	const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address);
	if (mapped) return isPublicV4(parseInt(mapped[1] ?? '', 16) * 2 ** 16 + parseInt(mapped[2] ?? '', 16));
	return !PRIVATE_V6.test(address);
}

function isPublicV4(address: number): boolean {
	return !PRIVATE_V4.some(([first, bits]) => {
		const size = 2 ** (32 - bits);
		return Math.floor(address / size) === Math.floor((numberOf(first) ?? 0) / size);
	});
}

/** An IPv4 address as a number; URL has turned its other notations into four decimals. */
function numberOf(host: string): number | undefined {
	if (!/^\d+(\.\d+){3}$/.test(host)) return undefined;
	return host.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}
