/**
 * Certificates made here, so that a test can let TLS fail in every way: X.509 v3 with a key on P-256, written byte by
 * byte (RFC 5280), since Node.js reads certificates but makes none.
 */
import { generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** A certificate with its key, as a TLS server takes them. */
export interface Certified {
	/** PEM; with the issuers' certificates behind it when they are sent along. */
	cert: string;
	/** PEM. */
	key: string;
	name: string;
	privateKey: KeyObject;
}

export interface CertificateOptions {
	/** Common name, and the host that it is for. */
	name?: string;
	/** Who signs it; itself by default. */
	issuer?: Certified;
	/** Days from now. */
	validFrom?: number;
	validTo?: number;
	/** True for one that may sign others. */
	isAuthority?: boolean;
}

const DAY_MS = 24 * 60 * 60 * 1000;

const ECDSA_WITH_SHA256 = tlv(0x30, oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const COMMON_NAME = oid(0x55, 0x04, 0x03);
const SUBJECT_ALT_NAME = oid(0x55, 0x1d, 0x11);
const BASIC_CONSTRAINTS = oid(0x55, 0x1d, 0x13);
const TRUE = tlv(0x01, Buffer.from([0xff]));

/** Makes a certificate; every use of it is allowed. */
export function certificate({
	name = 'localhost',
	issuer,
	validFrom = -1,
	validTo = 1,
	isAuthority = false,
}: CertificateOptions = {}): Certified {
	const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
	const names = tlv(0x30, tlv(0x82, Buffer.from(name)));
	const extensions = [
		tlv(0x30, SUBJECT_ALT_NAME, tlv(0x04, names)),
		tlv(0x30, BASIC_CONSTRAINTS, TRUE, tlv(0x04, tlv(0x30, ...(isAuthority ? [TRUE] : [])))),
	];
	const toSign = tlv(
		0x30,
		tlv(0xa0, tlv(0x02, Buffer.from([2]))),
		tlv(0x02, Buffer.concat([Buffer.from([1]), randomBytes(8)])),
		ECDSA_WITH_SHA256,
		named(issuer?.name ?? name),
		tlv(0x30, time(validFrom), time(validTo)),
		named(name),
		publicKey.export({ type: 'spki', format: 'der' }),
		tlv(0xa3, tlv(0x30, ...extensions)),
	);
	const signature = sign('sha256', toSign, issuer?.privateKey ?? privateKey);
	const der = tlv(0x30, toSign, ECDSA_WITH_SHA256, tlv(0x03, Buffer.from([0]), signature));
	const lines = der.toString('base64').replace(/.{64}/g, '$&\n');
	return {
		cert: `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`,
		key: privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
		name,
		privateKey,
	};
}

/** Tag, length, value. */
function tlv(tag: number, ...parts: Buffer[]): Buffer {
	const value = Buffer.concat(parts);
	const { length } = value;
	const size = length < 128 ? [length] : length < 256 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
	return Buffer.concat([Buffer.from([tag, ...size]), value]);
}

function oid(...bytes: number[]): Buffer {
	return tlv(0x06, Buffer.from(bytes));
}

function named(name: string): Buffer {
	return tlv(0x30, tlv(0x31, tlv(0x30, COMMON_NAME, tlv(0x0c, Buffer.from(name)))));
}

function time(daysFromNow: number): Buffer {
	const digits = new Date(Date.now() + daysFromNow * DAY_MS).toISOString().replace(/\D/g, '').slice(2, 14);
	return tlv(0x17, Buffer.from(`${digits}Z`));
}
