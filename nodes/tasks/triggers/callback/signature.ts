import { createHmac, timingSafeEqual } from 'crypto';

import type { WebhookCall } from '../../n8n/webhookCall';
import { normalizeBase64 } from '../../util/parse';

/** How far the time of a signature may be from now, before or after, in s (Standard Webhooks). */
export const TOLERANCE_S = 5 * 60;

/**
 * Fewest bytes of a key. Standard Webhooks asks for 24 to 64; what is much shorter can be found by trying
 * (docs/services/README.md, Callback signatures).
 */
const SHORTEST_KEY = 16;

/** Signatures of a header that are looked at: two are usual while a secret is being replaced. */
const MOST_SIGNATURES = 32;

/**
 * What the headers of a request prove about its body:
 * - `valid`: signed with the key, now;
 * - `unsigned`: there is no signature;
 * - `stale`: its time is too far from now, or is none;
 * - `forged`: none of its signatures is made with the key.
 */
export type SignatureVerdict = 'valid' | 'unsigned' | 'stale' | 'forged';

/** The key in a secret as the console shows it: base64, mostly behind `whsec_`. Undefined when it cannot be used. */
export function signingKey(secret: string): Buffer | undefined {
	const key = decoded(secret);
	return key === undefined || key.length < SHORTEST_KEY ? undefined : key;
}

/** Why a secret cannot be used, in words that are none of it; undefined when it can. */
export function secretProblem(secret: string): string | undefined {
	const key = decoded(secret);
	if (key === undefined) return 'it is not base64, with or without whsec_ in front';
	return key.length < SHORTEST_KEY ? `it has fewer than ${SHORTEST_KEY} bytes, so it could be guessed` : undefined;
}

function decoded(secret: string): Buffer | undefined {
	const base64 = normalizeBase64(secret.trim().replace(/^whsec_/, ''));
	return base64 === undefined ? undefined : Buffer.from(base64, 'base64');
}

/**
 * Checks a signature after Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, where `body` is what arrived, byte
 * for byte. While a secret is being replaced there are several signatures, separated by spaces; one of the first 32 is
 * enough.
 */
export function judgeSignature(
	headers: WebhookCall['headers'],
	body: Buffer,
	key: Buffer,
	nowMs: number,
): SignatureVerdict {
	const header = (name: string) => String(headers[name] ?? '');
	const id = header('webhook-id');
	const timestamp = header('webhook-timestamp');
	const signatures = header('webhook-signature');
	if (!id && !timestamp && !signatures) return 'unsigned';
	const signed = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64');
	if (!id || !isOneOf(`v1,${signed}`, signatures)) return 'forged';
	return isNear(timestamp, nowMs) ? 'valid' : 'stale';
}

function isOneOf(expected: string, list: string): boolean {
	const wanted = Buffer.from(expected);
	return list.split(' ', MOST_SIGNATURES).some((candidate) => isSame(Buffer.from(candidate), wanted));
}

/** In a time that does not tell where two texts begin to differ. */
function isSame(one: Buffer, other: Buffer): boolean {
	return one.length === other.length && timingSafeEqual(one, other);
}

function isNear(timestamp: string, nowMs: number): boolean {
	if (!/^\d{1,12}$/.test(timestamp)) return false;
	return Math.abs(nowMs / 1000 - Number(timestamp)) <= TOLERANCE_S;
}
