import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import { GatewayRefusal } from './refusals';
import { headerOf, stringToSign, type Arrived } from './string-to-sign';

/** How far a timestamp may be from the gateway's time, ms (docs/services/aliyun-portrait.md, Signature). */
const toleranceMs = 15 * 60 * 1000;

const algorithms: Record<string, string> = { HmacSHA256: 'sha256', HmacSHA1: 'sha1' };

/** Checks everything about a signed request but the use of its nonce; throws the gateway's refusal. */
export function checkSignature(request: Arrived, appSecret: string, now: number): void {
	const given = Buffer.from(headerOf(request.headers, 'x-ca-signature'));
	if (given.length === 0) throw new GatewayRefusal(undefined, 'Empty Signature');
	checkTimestamp(required(request, 'X-Ca-Timestamp'), now);
	required(request, 'X-Ca-Nonce');
	checkDigest(request);
	const expected = Buffer.from(signatureOf(request, appSecret));
	if (expected.length === given.length && timingSafeEqual(expected, given)) return;
	const shown = stringToSign(request).replaceAll('\n', '#');
	throw new GatewayRefusal(undefined, `Invalid Signature, Server StringToSign:\`${shown}\``);
}

/** The signature that a request should carry, base64. */
export function signatureOf(request: Arrived, appSecret: string): string {
	const method = headerOf(request.headers, 'x-ca-signature-method') || 'HmacSHA256';
	const algorithm = algorithms[method];
	if (!algorithm) throw new GatewayRefusal('I400HD', `Invalid Header X-Ca-Signature-Method: ${method}`);
	return createHmac(algorithm, Buffer.from(appSecret, 'utf8')).update(stringToSign(request), 'utf8').digest('base64');
}

function required({ headers }: Arrived, name: string): string {
	const value = headerOf(headers, name.toLowerCase());
	if (value === '') throw new GatewayRefusal('I400MH', `Missing Header ${name}`);
	return value;
}

function checkTimestamp(text: string, now: number): void {
	if (!/^\d{1,16}$/.test(text)) throw new GatewayRefusal(undefined, 'Invalid Timestamp');
	if (Math.abs(Number(text) - now) > toleranceMs) throw new GatewayRefusal(undefined, 'Timestamp Expired');
}

function checkDigest({ headers, body }: Arrived): void {
	const given = headerOf(headers, 'content-md5');
	if (given === '' || given === createHash('md5').update(body).digest('base64')) return;
	throw new GatewayRefusal(undefined, 'Invalid Content-MD5');
}
