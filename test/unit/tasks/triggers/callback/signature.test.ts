/** The npm package `standardwebhooks` signs, so that we do not only agree with ourselves. */
import { randomBytes } from 'node:crypto';
import { Webhook } from 'standardwebhooks';
import { describe, expect, it } from 'vitest';

import {
	judgeSignature,
	secretProblem,
	signingKey,
	TOLERANCE_S,
} from '../../../../../nodes/tasks/triggers/callback/signature';
import { expectLinear } from '../../growth';

const secret = `whsec_${randomBytes(24).toString('base64')}`;
const other = `whsec_${randomBytes(24).toString('base64')}`;
const now = Date.parse('2026-08-07T12:00:00Z');
const body = '{"task_id": "831922345678901234",  "task_status":"succeed","task_status_msg":"图片"}';

/** Headers as a sender with this secret makes them, `agoS` seconds before now. */
function signed(payload = body, { with: key = secret, id = 'msg_1', agoS = 0 } = {}): Record<string, string> {
	const at = new Date(now - agoS * 1000);
	return {
		'webhook-id': id,
		'webhook-timestamp': String(at.getTime() / 1000),
		'webhook-signature': new Webhook(key).sign(id, at, payload),
	};
}

function judge(headers: Record<string, string>, payload: string | Buffer = body, key = secret): string {
	return judgeSignature(headers, Buffer.from(payload as string), signingKey(key) as Buffer, now);
}

describe('a signature', () => {
	it.each(['', body, 'not JSON', '{}'])('of the referee is valid: %j', (payload) => {
		expect(judge(signed(payload), payload)).toBe('valid');
	});

	it('is over the bytes: a body that is the same JSON only is forged', () => {
		expect(judge(signed(), JSON.stringify(JSON.parse(body)))).toBe('forged');
		expect(judge(signed(), Buffer.concat([Buffer.from(body), Buffer.from('\n')]))).toBe('forged');
	});

	it('holds for other bytes than text', () => {
		const bytes = Buffer.from([0x7b, 0xff, 0xfe, 0x7d]);
		expect(judge(signed(bytes.toString('latin1')), bytes)).toBe('forged');
	});

	it.each([
		['another secret', signed(body, { with: other })],
		['another ID', { ...signed(), 'webhook-id': 'msg_2' }],
		['another time', { ...signed(), 'webhook-timestamp': String(now / 1000 - 1) }],
		['no ID', { ...signed(), 'webhook-id': '' }],
		['no signature', { ...signed(), 'webhook-signature': '' }],
		['an unknown version', { ...signed(), 'webhook-signature': signed()['webhook-signature']!.replace('v1,', 'v2,') }],
		['no version', { ...signed(), 'webhook-signature': signed()['webhook-signature']!.replace('v1,', '') }],
		['a signature that goes on', { ...signed(), 'webhook-signature': `${signed()['webhook-signature']}A` }],
		['half a signature', { ...signed(), 'webhook-signature': signed()['webhook-signature']!.slice(0, 20) }],
	])('with %s is forged', (_, headers) => {
		expect(judge(headers)).toBe('forged');
	});

	it.each([[0], [TOLERANCE_S], [-TOLERANCE_S], [120]])('made %d s ago is valid', (agoS) => {
		expect(judge(signed(body, { agoS }))).toBe('valid');
	});

	it.each([[TOLERANCE_S + 1], [-TOLERANCE_S - 1], [86_400]])('made %d s ago is stale', (agoS) => {
		expect(judge(signed(body, { agoS }))).toBe('stale');
	});

	it('may be one of several while the secret is replaced', () => {
		const [mine, theirs] = [signed()['webhook-signature'], signed(body, { with: other })['webhook-signature']];
		expect(judge({ ...signed(), 'webhook-signature': `${theirs} ${mine}` })).toBe('valid');
		expect(judge({ ...signed(), 'webhook-signature': `v1a,xyz ${mine}` })).toBe('valid');
		expect(judge({ ...signed(), 'webhook-signature': `${theirs} ${theirs}` })).toBe('forged');
	});

	it('behind hundreds of others is not looked for, so that a header of any length costs little', () => {
		const [mine, theirs] = [signed()['webhook-signature'], signed(body, { with: other })['webhook-signature']];
		const behind = (count: number) => [...Array<string>(count).fill(theirs ?? ''), mine].join(' ');
		expect(judge({ ...signed(), 'webhook-signature': behind(7) })).toBe('valid');
		expect(judge({ ...signed(), 'webhook-signature': behind(500) })).toBe('forged');
	});

	it.each(['webhook-id', 'webhook-timestamp', 'webhook-signature'])(
		'with a huge %s is forged in linear time',
		(name) => {
			for (const piece of [' ', '9', 'v1,', 'v1,AAAA '])
				expectLinear(
					(size) => piece.repeat(size / piece.length),
					(text) => expect(judge({ ...signed(), [name]: text })).toBe('forged'),
				);
		},
	);

	it('is missing when no header speaks of it, and not when one does', () => {
		expect(judge({ 'content-type': 'application/json' })).toBe('unsigned');
		expect(judge({ 'webhook-id': 'msg_1' })).toBe('forged');
	});
});

describe('a secret', () => {
	it('is base64, with or without whsec_ and white space around it', () => {
		const bare = secret.replace('whsec_', '');
		for (const form of [secret, bare, ` ${secret}\n`, bare.replace(/=+$/, '')])
			expect(judge(signed(), body, form)).toBe('valid');
	});

	it.each([1, 2, 8, 15])('of %i bytes is none: it could be guessed', (length) => {
		const short = randomBytes(length).toString('base64');
		for (const form of [short, `whsec_${short}`]) {
			expect(signingKey(form)).toBeUndefined();
			expect(secretProblem(form)).toBe('it has fewer than 16 bytes, so it could be guessed');
		}
	});

	it.each([16, 24, 64, 100])('of %i bytes is one', (length) => {
		const long = `whsec_${randomBytes(length).toString('base64')}`;
		expect(signingKey(long)).toHaveLength(length);
		expect(secretProblem(long)).toBeUndefined();
	});

	it.each(['', '   ', 'whsec_', 'not a secret!', 'whsec_äöü', 'abcde'])('is not %j', (text) => {
		expect(signingKey(text)).toBeUndefined();
	});
});
