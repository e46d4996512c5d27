import type { RawAnswer } from '../item/host';
import { addressIn } from '../util/address';
import type { UnsentError } from '../util/credentialFields';
import { portOf } from '../util/imageHosts';
import { asRecord, asText } from '../util/parse';

/**
 * How a request ended without an answer. `unsent` is proof that the service never saw it; after `late` the service may
 * still be at work on it.
 */
export interface Lost {
	kind: 'unsent' | 'lost' | 'late';
	/** In plain words, free of addresses, codes and secrets. */
	reason: string;
	/** The code of the network, such as ECONNRESET, or the HTTP status of a proxy. */
	code?: string;
	/** True when only the user can change it, so that another try is of no use. */
	final?: boolean;
	/** What the user can do, where it is something special. */
	hint?: string;
	/** True when nothing answers at the address, which may be a wrong one. */
	isSilent?: boolean;
	/** The proxy, by host and port, where it is what does not answer. */
	silentProxy?: string;
	/** True when the execution was stopped: the network has nothing to do with it. */
	isStopped?: boolean;
	/** True when `reason` is a whole sentence about what the user has entered. */
	isSentence?: boolean;
}

/** What a reason means beyond its words. */
type Why = Pick<Lost, 'reason' | 'final' | 'hint'>;

/** What says that nothing answers at an address. */
const SILENT: Record<string, string> = {
	ECONNREFUSED: 'the connection was refused',
	ENOTFOUND: 'the host name is unknown',
	EHOSTUNREACH: 'the host is unreachable',
	EHOSTDOWN: 'the host is unreachable',
	ENETUNREACH: 'the network is unreachable',
};

/** Errors of this machine before a connection is there, unless they come while it is read or written. */
const UNCONNECTED: Record<string, string> = {
	ENETDOWN: 'the network of this machine is down',
	EADDRNOTAVAIL: 'this machine has no address left for the connection',
	EADDRINUSE: 'this machine has no address left for the connection',
	EACCES: 'this machine does not allow the connection',
	EPERM: 'this machine does not allow the connection',
	EMFILE: 'this machine has too many open files and connections',
	ENFILE: 'this machine has too many open files and connections',
	ENOBUFS: 'this machine has no memory left for connections',
};

const CONNECT_TIMEOUT = 'the connection was not made in time';
const NOT_CONNECTED = 'the connection could not be made';
const NAME_UNRESOLVED = 'the host name could not be resolved';
const NOT_ENCRYPTED = 'the connection was closed before it was encrypted';

/** Reasons for which OpenSSL refuses a certificate (Node.js, "X509 certificate error codes"). */
const CERTIFICATE = new Set(
	[
		'UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_CRL UNABLE_TO_DECRYPT_CERT_SIGNATURE UNABLE_TO_DECRYPT_CRL_SIGNATURE',
		'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY CERT_SIGNATURE_FAILURE CRL_SIGNATURE_FAILURE CERT_NOT_YET_VALID',
		'CERT_HAS_EXPIRED CRL_NOT_YET_VALID CRL_HAS_EXPIRED ERROR_IN_CERT_NOT_BEFORE_FIELD',
		'ERROR_IN_CERT_NOT_AFTER_FIELD ERROR_IN_CRL_LAST_UPDATE_FIELD ERROR_IN_CRL_NEXT_UPDATE_FIELD OUT_OF_MEM',
		'DEPTH_ZERO_SELF_SIGNED_CERT SELF_SIGNED_CERT_IN_CHAIN UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
		'UNABLE_TO_VERIFY_LEAF_SIGNATURE CERT_CHAIN_TOO_LONG CERT_REVOKED INVALID_CA PATH_LENGTH_EXCEEDED',
		'INVALID_PURPOSE CERT_UNTRUSTED CERT_REJECTED HOSTNAME_MISMATCH UNSPECIFIED',
	].flatMap((codes) => codes.split(' ')),
);

const TRUST =
	'Check the base URL. If the service, or a proxy on the way, has a certificate of its own, give it to n8n with NODE_EXTRA_CA_CERTS, or switch on Ignore SSL Issues in the Options of the node.';

/** What is said of a certificate, where it is more than that it cannot be verified. */
const CERTIFICATE_WHY: Record<string, Omit<Why, 'final'>> = {
	CERT_HAS_EXPIRED: {
		reason: 'the TLS certificate has expired',
		hint: 'Check the clock of the machine that runs n8n. If it is right, who runs the service has to renew the certificate.',
	},
	CERT_NOT_YET_VALID: {
		reason: 'the TLS certificate is not valid yet',
		hint: 'Check the clock of the machine that runs n8n. If it is right, who runs the service has to replace the certificate.',
	},
	CERT_REVOKED: { reason: 'the TLS certificate was revoked', hint: 'Ask who runs the service.' },
	DEPTH_ZERO_SELF_SIGNED_CERT: { reason: 'the TLS certificate is self-signed', hint: TRUST },
	SELF_SIGNED_CERT_IN_CHAIN: { reason: 'the TLS certificate chain is self-signed', hint: TRUST },
	HOSTNAME_MISMATCH: { reason: 'the TLS certificate is for another host', hint: TRUST },
	ERR_TLS_CERT_ALTNAME_INVALID: { reason: 'the TLS certificate is for another host', hint: TRUST },
};

/** The request itself cannot be written. */
const UNWRITABLE = new Set(
	'ERR_INVALID_CHAR ERR_UNESCAPED_CHARACTERS ERR_INVALID_URL ERR_INVALID_PROTOCOL ERR_INVALID_HTTP_TOKEN ERR_HTTP_INVALID_HEADER_VALUE ERR_INVALID_ARG_TYPE ERR_INVALID_ARG_VALUE ERR_SOCKET_BAD_PORT'.split(
		' ',
	),
);
const UNWRITABLE_WHY: Why = {
	reason: 'the address or a header cannot be sent',
	final: true,
	hint: 'Check the base URL and the keys of the credential for line breaks and characters that do not belong there.',
};

/** OpenSSL's words for what happens to a connection that is encrypted already; all others are about the handshake. */
const ENCRYPTED_ALREADY = /bad.record.mac|decryption.failed|close.notify|unexpected.eof|shutdown|renegotiation/i;

/** What a server that does not speak TLS makes OpenSSL say. */
const NO_TLS = /wrong.version.number|http.request|packet.length.too.long|record.layer.failure/i;
const NO_TLS_WHY: Why = {
	reason: 'it does not speak https there',
	final: true,
	hint: 'Check the base URL: it begins with https://, but a server for http:// answers at this port.',
};
const HANDSHAKE_WHY: Why = {
	reason: 'no encrypted connection could be agreed on',
	final: true,
	hint: 'Check the base URL. If it is right, ask who runs the service for the TLS versions and certificates that it takes.',
};

/** The opposite: plain HTTP at a port for TLS. A TLS alert begins with these bytes. */
const TLS_ALERT = [0x15, 0x03];
const ONLY_TLS_TEXT =
	/plain HTTP request was sent to HTTPS port|HTTP request to an HTTPS|speaking plain HTTP to an SSL/i;
const ONLY_TLS_WHY: Why = {
	reason: 'it speaks https only',
	final: true,
	hint: 'Let the base URL of the credential begin with https://.',
};

/** Errors after which nobody knows whether the service did the work. */
const LOST: Record<string, string> = {
	ECONNRESET: 'the connection was lost',
	EPIPE: 'the connection was lost',
	ERR_BAD_RESPONSE: 'the answer was cut off',
};

const UNEXPLAINED = 'the reason is not known';
const TOO_LATE = 'it took too long';

/** Errors after which the service may still be at work. */
const LATE = new Set(['ECONNABORTED', 'ETIMEDOUT']);

/** What n8n's own protection means, and which of its settings let the address pass (docs/n8n.md, Requests). */
const BLOCKED = {
	reason: "n8n's SSRF protection does not allow the address of the service, so nothing was sent",
	isSentence: true,
	hint: 'Ask who runs this n8n to add the host to N8N_SSRF_ALLOWED_HOSTNAMES, or its address to N8N_SSRF_ALLOWED_IP_RANGES.',
};

/**
 * Why a request to an address has no answer, from n8n's wrapped error (docs/n8n.md, Failed requests). Its texts may hold
 * addresses, so only the words of this file speak, and those of credentials that could not sign (`unsent`).
 */
export function lostBecause(error: unknown, url = ''): Lost {
	const chain = chainOf(error);
	const unsigned = chain.find((cause) => cause.unsent === true);
	if (unsigned) return refusedByUs(unsigned);
	if (blockedByN8n(error)) return { kind: 'unsent', final: true, ...BLOCKED };
	const code = chain.map(networkCode).find((found) => found !== undefined);
	const texts = textsIn(chain);
	const refused = refusedAtFirst(code, texts, chain);
	if (refused) return { kind: 'unsent', code, ...refused };
	if (wasUnsent(chain, code, texts)) {
		const why = unconnected(code, texts);
		return { kind: 'unsent', code, ...why, ...(why.isSilent && atProxy(texts, url)) };
	}
	if (code === undefined) return { kind: 'lost', reason: UNEXPLAINED };
	if (LATE.has(code)) return { kind: 'late', reason: TOO_LATE, code };
	return { kind: 'lost', reason: LOST[code] ?? UNEXPLAINED, code };
}

/** What our own check of a credential says (unsentError), or n8n's own about it. */
export function refusedByUs(error: unknown): Lost {
	const { headline, fix, message } = asRecord(error) as Partial<UnsentError>;
	return {
		kind: 'unsent',
		final: true,
		isSentence: true,
		reason: headline ?? String(message ?? error),
		hint: fix ?? 'Correct this, then run the node again.',
	};
}

/** Why a request was ended by its limit of time. On n8n 1.123 nobody knows how far it had come. */
export function lostInTime(error: unknown): Lost {
	const chain = chainOf(error);
	if (chain.some(({ request }) => isBeforeConnection(request)))
		return { kind: 'unsent', reason: CONNECT_TIMEOUT, isSilent: true };
	return { kind: 'late', reason: TOO_LATE };
}

/** True when a request that was ended had no connection yet on which it could have gone. */
export function endedUnsent(error: unknown): boolean {
	return lostInTime(error).kind === 'unsent';
}

/** What only the user can change: certificates, TLS, the request itself. */
function refusedAtFirst(code: string | undefined, texts: string[], chain: Cause[]): Why | undefined {
	if (chain.some(({ rawPacket }) => TLS_ALERT.every((byte, at) => asRecord(rawPacket)[at] === byte)))
		return ONLY_TLS_WHY;
	if (code === undefined) return undefined;
	if (CERTIFICATE.has(code) || code.startsWith('ERR_TLS_')) {
		return {
			final: true,
			...(CERTIFICATE_WHY[code] ?? { reason: 'the TLS certificate cannot be verified', hint: TRUST }),
		};
	}
	if (UNWRITABLE.has(code)) return UNWRITABLE_WHY;
	if (code !== 'EPROTO' && !code.startsWith('ERR_SSL_')) return undefined;
	const words = [code, ...texts].join('\n');
	const isHandshake = chain.some(({ request }) => isBeforeConnection(request)) || !ENCRYPTED_ALREADY.test(words);
	return isHandshake ? (NO_TLS.test(words) ? NO_TLS_WHY : HANDSHAKE_WHY) : undefined;
}

/** Proof that the request never went: Node.js says at what it failed, and n8n 2.x hands on how far the request had come. */
function wasUnsent(chain: Cause[], code: string | undefined, texts: string[]): boolean {
	const says = (pattern: RegExp) => texts.some((text) => pattern.test(text));
	const isConnecting =
		chain.some(({ syscall }) => syscall === 'connect' || syscall === 'getaddrinfo') ||
		says(/^(?:connect|getaddrinfo) E/) ||
		says(/before secure TLS connection was established|Proxy connection ended before receiving CONNECT/);
	if (isConnecting || chain.some(({ request }) => isBeforeConnection(request))) return true;
	if (chain.some(({ syscall }) => syscall === 'read' || syscall === 'write') || says(/^(?:read|write) E/)) return false;
	return code !== undefined && (code in SILENT || code in UNCONNECTED || code.startsWith('EAI_'));
}

function unconnected(code = '', texts: string[]): Pick<Lost, 'reason' | 'isSilent'> {
	if (code.startsWith('EAI_')) return { reason: NAME_UNRESOLVED, isSilent: true };
	if (LATE.has(code)) return { reason: CONNECT_TIMEOUT, isSilent: true };
	if (texts.some((text) => text.includes('Proxy connection ended')))
		return { reason: 'the proxy closed the connection' };
	if (code in LOST && !texts.some((text) => text.startsWith('connect '))) return { reason: NOT_ENCRYPTED };
	if (code in UNCONNECTED) return { reason: UNCONNECTED[code] ?? NOT_CONNECTED };
	return { reason: SILENT[code] ?? NOT_CONNECTED, isSilent: true };
}

/** Where Node.js could not connect: to an address and its port, or to a name that it could not look up. */
const UNREACHED = /^connect E\w+ (\S+):(\d+)|^getaddrinfo E\w+ (\S+)/;

/** The proxy, where that could not be reached: it has another name, address or port than what was asked for. */
function atProxy(texts: string[], url: string): Pick<Lost, 'silentProxy'> {
	const unreached = texts.map((text) => UNREACHED.exec(text)).find((found) => found !== null);
	if (!unreached || !URL.canParse(url)) return {};
	const [, ip = '', port = '', name] = unreached;
	const asked = new URL(url);
	if (name !== undefined) return name.toLowerCase() === asked.hostname ? {} : { silentProxy: name };
	const known = addressIn(asked.hostname);
	const isAsked = port === portOf(asked) && (known === undefined || known === addressIn(ip));
	return isAsked ? {} : { silentProxy: `${ip.includes(':') ? `[${ip}]` : ip}:${port}` };
}

/**
 * Whether a request of Node.js has no connection yet, or one that is not encrypted yet but is to be: what it has to send
 * waits in the process until then.
 */
function isBeforeConnection(request: unknown): boolean {
	if (typeof request !== 'object' || request === null || !('path' in request)) return false;
	const { socket } = request as { socket?: { connecting?: boolean; secureConnecting?: boolean } | null };
	return !socket || socket.connecting === true || socket.secureConnecting === true;
}

/** Where a proxy is set. */
export const PROXY_SETTINGS =
	'in the environment of n8n (HTTP_PROXY, HTTPS_PROXY), or Proxy in the Options of the node';

/**
 * The answer of a proxy that did not let the request through: 407 is said by proxies alone, and what comes unencrypted
 * for an https address is the proxy's answer to our CONNECT.
 */
export function refusedByProxy(answer: RawAnswer, baseUrl: string): Lost | undefined {
	const { statusCode, body } = answer;
	const socket = answer.socket ?? (body as { socket?: unknown }).socket;
	const isPlain =
		typeof socket === 'object' && socket !== null && !('encrypted' in socket && socket.encrypted === true);
	const isOfTunnel = isPlain && /^https:/i.test(baseUrl);
	if (statusCode !== 407 && !isOfTunnel) return undefined;
	const code = `HTTP ${statusCode}`;
	if (statusCode >= 500) return { kind: 'unsent', reason: 'the proxy could not connect to it', code };
	const [reason, hint] =
		statusCode === 407
			? ['the proxy wants a login', `Check user and password of the proxy: ${PROXY_SETTINGS}.`]
			: [
					'the proxy refused the connection',
					`Ask who runs the proxy to allow the host, or check the proxy: ${PROXY_SETTINGS}.`,
				];
	return { kind: 'unsent', final: true, reason, code, hint };
}

/** What servers answer to plain HTTP at a port for TLS; the request was not read. */
export function refusedAsPlain(status: number, text: string): Lost | undefined {
	if (status !== 400 || !ONLY_TLS_TEXT.test(text.slice(0, 2_000))) return undefined;
	return { kind: 'unsent', code: `HTTP ${status}`, ...ONLY_TLS_WHY };
}

/** True for the error by which n8n's own SSRF protection (since 2.12) refuses an address before it connects. */
export function blockedByN8n(error: unknown): boolean {
	return chainOf(error).some(({ name }) => String(name).startsWith('SsrfBlocked'));
}

type Cause = Record<string, unknown>;

/** n8n 1.123 keeps the code only in `httpCode`. */
function networkCode({ code, httpCode }: Cause): string | undefined {
	return [asText(code), asText(httpCode)].find((text) => text !== undefined && /^[A-Z][A-Z0-9_]+$/.test(text));
}

/** What the errors say; n8n rewords `message` and keeps Node.js's own words in `messages`. */
function textsIn(chain: Cause[]): string[] {
	const texts = chain.flatMap(({ message, messages }) => [message, ...(Array.isArray(messages) ? messages : [])]);
	return texts.flatMap((text) => (typeof text === 'string' ? [text.slice(0, 1_000)] : []));
}

/** An error and what it wraps, outermost first; of several addresses that were tried, the errors of all. */
function chainOf(error: unknown, depth = 0): Cause[] {
	if (typeof error !== 'object' || error === null || depth > 4) return [];
	const { name, message } = error as Error;
	const own = { ...error, name, message } as Cause;
	const { cause, errorResponse, errors } = error as Cause;
	const inner = [cause, errorResponse, ...(Array.isArray(errors) ? errors.slice(0, 10) : [])];
	return [own, ...inner.flatMap((each) => chainOf(each, depth + 1))];
}
