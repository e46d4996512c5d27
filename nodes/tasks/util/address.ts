/** IP addresses and ranges of them: which belong to the public internet. Nothing here asks the network. */

/** An address as a number of 128 bits. That of IPv4 is the one of its IPv6 form, ::ffff:a.b.c.d. */
export type Address = bigint;

/** Addresses that begin with the same bits. */
export interface AddressRange {
	first: Address;
	/** How many bits are the same, of 128. */
	bits: number;
}

const ADDRESS_BITS = 128;
const IPV4_BITS = 32;
const IPV4_PREFIX = 0xffffn << 32n;
const LOWEST_32_BITS = 0xffff_ffffn;

/** An address in its usual form, IPv6 with or without brackets; undefined for everything else, also for short forms of IPv4. */
export function addressIn(text: string): Address | undefined {
	return ipv4In(text) ?? ipv6In(text);
}

/** An address, or a range as in 10.0.0.0/8 (CIDR); undefined for everything else. */
export function rangeIn(text: string): AddressRange | undefined {
	const [start = '', length, ...more] = text.split('/');
	const first = addressIn(start);
	if (first === undefined || more.length > 0) return undefined;
	if (length === undefined) return { first, bits: ADDRESS_BITS };
	const before = ipv4In(start) === undefined ? 0 : ADDRESS_BITS - IPV4_BITS;
	const bits = /^\d{1,3}$/.test(length) ? before + Number(length) : Infinity;
	return bits <= ADDRESS_BITS ? { first, bits } : undefined;
}

export function isWithin(address: Address, { first, bits }: AddressRange): boolean {
	return (address ^ first) >> BigInt(ADDRESS_BITS - bits) === 0n;
}

/** Whether an address is one of the public internet; for one that carries an IPv4 address, whether that is. */
export function isPublic(address: Address): boolean {
	const isGivenOut = GIVEN_OUT.some((range) => isWithin(address, range));
	return isGivenOut && !RESERVED.some((range) => isWithin(address, range)) && carriedBy(address).every(isPublic);
}

/** Whether a cloud gives the keys of the machine to whoever asks at this address. */
export function isMetadata(address: Address): boolean {
	return METADATA.includes(address) || carriedBy(address).some(isMetadata);
}

function ipv4In(text: string): Address | undefined {
	const parts = /^\d{1,3}(?:\.\d{1,3}){3}$/.test(text) ? text.split('.') : [];
	const isUsual = parts.length === 4 && parts.every((part) => Number(part) <= 255 && String(Number(part)) === part);
	return isUsual ? parts.reduce((sum, part) => (sum << 8n) | BigInt(part), 0xffffn) : undefined;
}

function ipv6In(text: string): Address | undefined {
	const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
	const isPlausible = bare.includes(':') && /^[\da-f:.]{2,45}$/i.test(bare);
	if (!isPlausible || !URL.canParse(`http://[${bare}]`)) return undefined;
	// The URL writes each of the eight groups in hexadecimal, and "::" for the zeros left out.
	const [head = [], tail = []] = new URL(`http://[${bare}]`).hostname
		.slice(1, -1)
		.split('::')
		.map((half) => half.split(':').filter((group) => group !== ''));
	const groups = [...head, ...Array<string>(8 - head.length - tail.length).fill('0'), ...tail];
	return groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n);
}

/** The IPv4 addresses that an IPv6 address leads on to: IPv4-compatible, NAT64, 6to4, Teredo (server and client). */
function carriedBy(address: Address): Address[] {
	const ipv4 = (bits: bigint) => IPV4_PREFIX | (bits & LOWEST_32_BITS);
	if (isWithin(address, IPV4_COMPATIBLE) || NAT64.some((range) => isWithin(address, range))) return [ipv4(address)];
	if (isWithin(address, SIX_TO_FOUR)) return [ipv4(address >> 80n)];
	if (isWithin(address, TEREDO)) return [ipv4(address >> 64n), ipv4(~address)];
	return [];
}

function known(text: string): AddressRange {
	const range = rangeIn(text);
	if (range === undefined) throw new Error(`${text} is no range`);
	return range;
}

const IPV4_COMPATIBLE = known('::/96');
const NAT64 = ['64:ff9b::/96', '64:ff9b:1::/48'].map(known);
const SIX_TO_FOUR = known('2002::/16');
const TEREDO = known('2001::/32');

/** What is given out to the public at all: IPv4, and the part of IPv6 from which all global addresses come (RFC 4291). */
const GIVEN_OUT = ['::ffff:0:0/96', '2000::/3'].map(known);

/** What of it is set aside (RFC 6890 with its updates, as in IANA's registries of special-purpose addresses; multicast). */
const RESERVED = [
	'0.0.0.0/8',
	'10.0.0.0/8',
	'100.64.0.0/10',
	'127.0.0.0/8',
	'169.254.0.0/16',
	'172.16.0.0/12',
	'192.0.0.0/24',
	'192.0.2.0/24',
	'192.88.99.0/24',
	'192.168.0.0/16',
	'198.18.0.0/15',
	'198.51.100.0/24',
	'203.0.113.0/24',
	'224.0.0.0/4',
	'240.0.0.0/4',
	'2001:2::/48',
	'2001:10::/28',
	'2001:20::/28',
	'2001:db8::/32',
	'3fff::/20',
].map(known);

/** AWS and most others, its containers, Alibaba Cloud, Oracle, Azure; AWS and Google over IPv6. */
const METADATA = [
	'169.254.169.254',
	'169.254.170.2',
	'100.100.100.200',
	'192.0.0.192',
	'168.63.129.16',
	'fd00:ec2::254',
	'fd20:ce::254',
].map((text) => known(text).first);
