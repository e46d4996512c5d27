/** Why a request has no answer, and whether the service can have seen it: from the errors of n8n 2.x and of n8n 1.123. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';

import {
	endedUnsent,
	lostBecause,
	lostInTime,
	refusedAsPlain,
	refusedByProxy,
} from '../../../../nodes/tasks/http/network';

const HOST = 'secret-host:443';

/** A socket as n8n 2.x hands it on: of a connection that is there, in clear or encrypted. */
const connected = { connecting: false };
const encrypted = { connecting: false, encrypted: true, secureConnecting: false };

interface Failure {
	code?: string;
	text?: string;
	syscall?: string;
	socket?: object | null;
	more?: object;
}

/** An error as n8n 2.x wraps it: n8n's, in it axios's with the request, in it that of Node.js. */
function ofN8n2({ code, text = 'no', syscall, socket = connected, more }: Failure): Error {
	const own = Object.assign(new Error(text), { code, syscall, ...more });
	const request = { path: '/', socket };
	const axios = Object.assign(new Error(text), { code, request, cause: own });
	return Object.assign(new Error('reworded by n8n'), { httpCode: code, messages: [text], cause: axios });
}

/** An error of n8n 1.123, which keeps neither cause nor code. */
function ofN8n1({ code, text = 'no' }: Failure): Error {
	return Object.assign(new Error('reworded by n8n'), { httpCode: code ?? null, messages: [text, text] });
}

/** How both lines of n8n tell of the failure; they must be read alike. */
function read(failure: Failure, url?: string) {
	const [one, other] = [ofN8n2(failure), ofN8n1(failure)].map((error) => lostBecause(error, url));
	expect(other).toEqual(one);
	expect(JSON.stringify(one)).not.toContain('secret-host');
	return one;
}

describe('the service never saw the request', () => {
	it.each([
		'UNABLE_TO_GET_ISSUER_CERT',
		'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
		'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
		'UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY',
		'SELF_SIGNED_CERT_IN_CHAIN',
		'DEPTH_ZERO_SELF_SIGNED_CERT',
		'CERT_NOT_YET_VALID',
		'CERT_HAS_EXPIRED',
		'CERT_REVOKED',
		'CERT_CHAIN_TOO_LONG',
		'CERT_SIGNATURE_FAILURE',
		'CRL_HAS_EXPIRED',
		'INVALID_CA',
		'INVALID_PURPOSE',
		'PATH_LENGTH_EXCEEDED',
		'HOSTNAME_MISMATCH',
		'UNSPECIFIED',
		'ERR_TLS_CERT_ALTNAME_INVALID',
		'ERR_TLS_CERT_ALTNAME_FORMAT',
	])('after %s, and only the user can change that', (code) => {
		expect(read({ code, socket: encrypted })).toEqual({
			kind: 'unsent',
			final: true,
			code,
			reason: expect.stringContaining('TLS certificate'),
			hint: expect.any(String),
		});
	});

	it.each([
		[
			'EPROTO',
			'write EPROTO 80FC:error:0A00010B:SSL routines:ssl3_get_record:wrong version number:x.c:350:',
			/does not speak https/,
		],
		[
			'EPROTO',
			'write EPROTO 80FC:error:0A0000C6:SSL routines:tls_get_more_records:packet length too long:x.c:1:',
			/does not speak https/,
		],
		[
			'EPROTO',
			'write EPROTO 80FC:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:x.c:1:',
			/could be agreed on/,
		],
		[
			'EPROTO',
			'write EPROTO 80FC:error:0A00042E:SSL routines:ssl3_read_bytes:tlsv1 alert protocol version:x.c:1:',
			/could be agreed on/,
		],
		['ERR_SSL_WRONG_VERSION_NUMBER', 'error:0A00010B', /does not speak https/],
		['ERR_SSL_TLSV1_UNRECOGNIZED_NAME', 'error', /could be agreed on/],
		['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'error', /could be agreed on/],
		['ERR_SSL_NO_PROTOCOLS_AVAILABLE', 'error', /could be agreed on/],
		['ERR_SSL_EE_KEY_TOO_SMALL', 'error', /could be agreed on/],
	])('after %s: %s', (code, text, reason) => {
		expect(read({ code, text, syscall: code === 'EPROTO' ? 'write' : undefined })).toMatchObject({
			kind: 'unsent',
			final: true,
			reason: expect.stringMatching(reason),
		});
	});

	it.each([
		'ERR_INVALID_CHAR',
		'ERR_UNESCAPED_CHARACTERS',
		'ERR_INVALID_URL',
		'ERR_INVALID_HTTP_TOKEN',
		'ERR_HTTP_INVALID_HEADER_VALUE',
	])('after %s, because it cannot be written', (code) => {
		expect(read({ code, socket: null })).toMatchObject({ kind: 'unsent', final: true });
	});

	it.each([
		'ECONNREFUSED',
		'ECONNRESET',
		'ETIMEDOUT',
		'EHOSTUNREACH',
		'EHOSTDOWN',
		'ENETUNREACH',
		'ENETDOWN',
		'EADDRNOTAVAIL',
		'EACCES',
		'EPERM',
		'EMFILE',
		'EINVAL',
		'ESOMETHINGNEW',
	])('after connect %s, which may pass', (code) => {
		const lost = read({ code, text: `connect ${code} ${HOST}`, syscall: 'connect' });
		expect(lost).toMatchObject({ kind: 'unsent', code, reason: expect.any(String) });
		expect(lost?.final).toBeUndefined();
	});

	it.each(['ENOTFOUND', 'EAI_AGAIN', 'EAI_FAIL', 'EAI_NODATA'])('after getaddrinfo %s, which may pass', (code) => {
		const lost = read({ code, text: `getaddrinfo ${code} ${HOST}`, syscall: 'getaddrinfo' });
		expect(lost).toMatchObject({ kind: 'unsent', reason: expect.stringContaining('host name') });
	});

	it.each(['ECONNREFUSED', 'EHOSTUNREACH', 'ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EACCES', 'EPERM', 'ENOTFOUND'])(
		'after %s by its code alone',
		(code) => {
			expect(read({ code, text: 'other words' })).toMatchObject({ kind: 'unsent', code });
		},
	);

	it('when no address of several answers', () => {
		const errors = ['10.0.0.1', '10.0.0.2'].map((address) =>
			Object.assign(new Error(`connect ETIMEDOUT ${address}:443`), { code: 'ETIMEDOUT', syscall: 'connect' }),
		);
		const error = ofN8n2({ code: 'ETIMEDOUT', text: '', more: { errors } });
		expect(lostBecause(error)).toMatchObject({ kind: 'unsent', reason: 'the connection was not made in time' });
	});

	it.each([
		[
			'ECONNRESET',
			'Client network socket disconnected before secure TLS connection was established',
			/before it was encrypted/,
		],
		[undefined, 'Proxy connection ended before receiving CONNECT response', /the proxy closed/],
	])('after %s: %s', (code, text, reason) => {
		expect(read({ code, text })).toMatchObject({ kind: 'unsent', reason: expect.stringMatching(reason) });
	});

	it.each([
		['that has no connection', null],
		['whose connection is being made', { connecting: true }],
		['whose connection is being encrypted', { connecting: false, secureConnecting: true }],
	])('when n8n 2.x hands on a request %s', (_, socket) => {
		const reset = ofN8n2({ code: 'ECONNRESET', text: 'read ECONNRESET', syscall: 'read', socket });
		expect(lostBecause(reset)).toMatchObject({
			kind: 'unsent',
			reason: expect.stringContaining('before it was encrypted'),
		});
		const ended = ofN8n2({ code: 'ERR_CANCELED', text: 'canceled', socket });
		expect(endedUnsent(ended)).toBe(true);
		expect(lostInTime(ended)).toMatchObject({ kind: 'unsent', reason: 'the connection was not made in time' });
	});

	it('when it met a TLS alert in the place of an answer', () => {
		const alert = { rawPacket: Buffer.from([0x15, 0x03, 0x01, 0, 2, 2, 70]) };
		const error = ofN8n2({ code: 'HPE_INVALID_CONSTANT', text: 'Parse Error: Expected HTTP/', more: alert });
		expect(lostBecause(error)).toMatchObject({ kind: 'unsent', final: true, reason: 'it speaks https only' });
	});

	it.each([
		'<center>The plain HTTP request was sent to HTTPS port</center>',
		'Client sent an HTTP request to an HTTPS server.\n',
		"Reason: You're speaking plain HTTP to an SSL-enabled server port.<br />",
	])('when the server says: %s', (text) => {
		expect(refusedAsPlain(400, text)).toMatchObject({ kind: 'unsent', final: true });
		expect(refusedAsPlain(200, text)).toBeUndefined();
		expect(refusedAsPlain(400, '{"code":400}')).toBeUndefined();
	});
});

describe('the request may have been read', () => {
	it.each([
		['ECONNRESET', 'read ECONNRESET', 'read'],
		['ECONNRESET', 'socket hang up', undefined],
		['EPIPE', 'write EPIPE', 'write'],
		['EHOSTUNREACH', 'read EHOSTUNREACH', 'read'],
		['ENETDOWN', 'write ENETDOWN', 'write'],
		['ERR_BAD_RESPONSE', 'stream has been aborted', undefined],
		[
			'EPROTO',
			'write EPROTO 80FC:error:0A000119:SSL routines:tls1_cbc:decryption failed or bad record mac:x.c:1:',
			'write',
		],
		['ERR_SSL_DECRYPTION_FAILED_OR_BAD_RECORD_MAC', 'error', undefined],
		['ERR_SSL_UNEXPECTED_EOF_WHILE_READING', 'error', undefined],
		['HPE_INVALID_CONSTANT', 'Parse Error: Expected HTTP/', undefined],
		['SOMETHING_NEW', 'new', undefined],
	])('after %s: %s', (code, text, syscall) => {
		expect(read({ code, text, syscall })).toMatchObject({ kind: 'lost', code });
	});

	it.each([
		['ETIMEDOUT', 'read ETIMEDOUT'],
		['ETIMEDOUT', 'other words'],
		['ECONNABORTED', 'timeout of 300000ms exceeded'],
	])('and may still be carried out after %s: %s', (code, text) => {
		expect(read({ code, text })).toEqual({ kind: 'late', reason: 'it took too long', code });
	});

	it('when it is ended on a connection that is there', () => {
		for (const socket of [connected, encrypted]) {
			expect(lostInTime(ofN8n2({ code: 'ERR_CANCELED', socket })).kind).toBe('late');
			expect(endedUnsent(ofN8n2({ code: 'ERR_CANCELED', socket }))).toBe(false);
		}
		expect(lostInTime(ofN8n1({ code: 'ERR_CANCELED' })).kind).toBe('late');
	});
});

describe('an answer of a proxy', () => {
	const answer = (statusCode: number, socket?: object, body: object = Readable.from([])) =>
		refusedByProxy({ statusCode, headers: {}, body: body as never, socket }, 'HTTPS://service.test');

	it('is what comes unencrypted for an https address', () => {
		expect(answer(403, connected)).toMatchObject({
			kind: 'unsent',
			final: true,
			reason: expect.stringContaining('refused'),
		});
		expect(answer(502, connected)).toEqual({
			kind: 'unsent',
			code: 'HTTP 502',
			reason: expect.stringContaining('could not connect'),
		});
		// n8n 1.123 hands out the answer itself.
		expect(answer(502, undefined, { socket: connected })).toMatchObject({ kind: 'unsent' });
	});

	it('is 407, however it comes', () => {
		for (const socket of [undefined, connected, encrypted]) {
			expect(answer(407, socket)).toMatchObject({ kind: 'unsent', final: true, reason: 'the proxy wants a login' });
		}
	});

	it('is nothing that came encrypted, or for an address in clear, or whose connection is not known', () => {
		expect([answer(502, encrypted), answer(502), answer(200, encrypted)]).toEqual([undefined, undefined, undefined]);
		const plain = { statusCode: 502, headers: {}, body: Readable.from([]) as never, socket: connected };
		expect(refusedByProxy(plain, 'http://service.test')).toBeUndefined();
	});
});

describe('nothing answers at', () => {
	const proxyOf = (code: string, text: string, url: string) =>
		(read({ code, text, socket: null }, url) as { silentProxy?: string }).silentProxy;

	it.each([
		['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:3128', 'https://service.test', '127.0.0.1:3128'],
		['ECONNREFUSED', 'connect ECONNREFUSED ::1:3128', 'https://service.test', '[::1]:3128'],
		['ETIMEDOUT', 'connect ETIMEDOUT 10.0.0.9:8080', 'http://10.0.0.5:8080', '10.0.0.9:8080'],
		['EHOSTUNREACH', 'connect EHOSTUNREACH 10.0.0.9:80 - Local (0.0.0.0:0)', 'https://service.test', '10.0.0.9:80'],
		['ENOTFOUND', 'getaddrinfo ENOTFOUND proxy.corp', 'https://service.test', 'proxy.corp'],
		['EAI_AGAIN', 'getaddrinfo EAI_AGAIN proxy.corp', 'https://service.test', 'proxy.corp'],
	])('a proxy (%s: %s) instead of %s', (code, text, url, proxy) => {
		expect(proxyOf(code, text, url)).toBe(proxy);
	});

	it.each([
		['ECONNREFUSED', 'connect ECONNREFUSED 203.0.113.7:443', 'https://service.test/v1'],
		['ECONNREFUSED', 'connect ECONNREFUSED 10.0.0.5:8080', 'http://10.0.0.5:8080'],
		['ECONNREFUSED', 'connect ECONNREFUSED ::1:8080', 'http://[::1]:8080'],
		['ENOTFOUND', 'getaddrinfo ENOTFOUND service.test', 'https://Service.test'],
		['ECONNREFUSED', '', 'https://service.test'],
		['ECONNREFUSED', 'connect ECONNREFUSED 127.0.0.1:3128', ''],
	])('the address itself, as far as anybody knows (%s: %s at %s)', (code, text, url) => {
		expect(proxyOf(code, text, url)).toBeUndefined();
	});
});
