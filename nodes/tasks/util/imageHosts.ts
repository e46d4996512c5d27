import type { ICredentialDataDecryptedObject, INodeProperties } from 'n8n-workflow';

import { addressIn, isMetadata, isPublic, isWithin, rangeIn, type Address, type AddressRange } from './address';
import { credentialText, unsentError } from './credentialFields';
import { naming } from './text';

/** The field of a credential for hosts on a private network from which images are downloaded. */
export const privateImageHosts: INodeProperties = {
	displayName: 'Private Image Hosts',
	name: 'privateImageHosts',
	type: 'string',
	default: '',
	placeholder: 'e.g. minio, *.oss.example.com, 10.0.0.0/8',
	description:
		'Hosts of your own network from which images may be downloaded: names, addresses or ranges, separated by commas. The host of the service is always allowed; other private addresses are refused.',
};

/** What is known of a host name before anything is sent to it. */
export interface HostLookup {
	/** The IP addresses it stands for, as far as they are known. */
	addresses: string[];
	/** True when n8n's own rules refuse the name, or one of the addresses; that one alone is then known. */
	refused: boolean;
}

/** Nothing is known of the name. */
export const UNKNOWN_HOST: HostLookup = { addresses: [], refused: false };

/** Whether images may be downloaded from a host. `metadata`: it gives away the keys of the machine, and no setting allows it. */
export type HostVerdict = 'allowed' | 'private' | 'metadata';

/** An entry of the field: a range of addresses on any port, or a host, on one port if it names one. */
type Entry = { range: AddressRange } | { name: string; andBelow: boolean; port?: string };

const METADATA_NAMES = ['metadata.google.internal', 'metadata.goog'];

/** The hosts from which an account downloads images: the public internet, its service's own host, and what its credential allows. */
export class ImageHosts {
	private constructor(
		private readonly own: string,
		private readonly entries: Entry[],
	) {}

	/** Reads the credential's field. Throws an unsentError that names an entry which cannot be read. */
	static of(credential: ICredentialDataDecryptedObject, baseUrl: string): ImageHosts {
		const texts = credentialText(credential, privateImageHosts.name).split(/[\s,;，；、]+/);
		return new ImageHosts(nameOf(new URL(baseUrl)), texts.filter((text) => text !== '').map(entryIn));
	}

	/** Whether an address that is about to be asked is one of them; `lookup` is what is known of its host name. */
	judge(url: URL, lookup: HostLookup = UNKNOWN_HOST): HostVerdict {
		const name = nameOf(url);
		const literal = addressIn(name);
		const addresses = literal === undefined ? lookup.addresses.flatMap((text) => addressIn(text) ?? []) : [literal];
		if (METADATA_NAMES.includes(name) || addresses.some(isMetadata)) return 'metadata';
		if (name === this.own || this.names(name, portOf(url))) return 'allowed';
		if (name === 'localhost' || name.endsWith('.localhost')) return 'private';
		if (lookup.refused && addresses.length === 0) return 'private';
		const isAllowed = (address: Address) => (isPublic(address) && !lookup.refused) || this.covers(address);
		return addresses.every(isAllowed) ? 'allowed' : 'private';
	}

	private names(name: string, port: string): boolean {
		return this.entries.some((entry) => {
			if (!('name' in entry) || (entry.port !== undefined && entry.port !== port)) return false;
			return entry.andBelow ? name.endsWith(`.${entry.name}`) : name === entry.name;
		});
	}

	private covers(address: Address): boolean {
		return this.entries.some((entry) => 'range' in entry && isWithin(address, entry.range));
	}
}

function entryIn(text: string): Entry {
	const range = rangeIn(text);
	const entry = range ? { range } : nameIn(text);
	if (entry) return entry;
	throw unsentError(
		naming(text, (shown) => `The field Private Image Hosts of the credential holds ${shown}, which is no host`),
		'Enter host names and ranges of addresses in the credential, with commas between them, as in minio, 10.0.0.0/8.',
	);
}

/** A host name, `*.` and a host name, or a host with a port. */
function nameIn(text: string): Entry | undefined {
	const [, below = '', host = '', port] = /^(\*\.)?([^*/\\?#@%]*?[^*/\\?#@%:])(?::(\d{1,5}))?$/.exec(text) ?? [];
	if (!URL.canParse(`http://${host}:${port ?? ''}`)) return undefined;
	const name = nameOf(new URL(`http://${host}`));
	// Of an address only the usual form is taken: 10.1 is rather a mistake than 10.0.0.1.
	if (name === '' || addressIn(name) !== addressIn(host)) return undefined;
	return { name, andBelow: below !== '', port: port && String(Number(port)) };
}

/** The host of a URL, which has lower case and one form of each address already, without a dot at the end. */
function nameOf({ hostname }: URL): string {
	return hostname.replace(/^([^]*[^.])?\.*$/, '$1');
}

/** The port of a URL, also where it is that of its scheme. */
export function portOf({ port, protocol }: URL): string {
	return port || (protocol === 'https:' ? '443' : '80');
}
