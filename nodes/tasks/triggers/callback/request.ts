import type { Endpoint, ReadKind } from '../../model/service';
import type { Task } from '../../model/task';
import type { WebhookCall } from '../../n8n/webhookCall';
import { jsonIn, type Refused } from '../../n8n/webhookRequest';
import { asRecord, asText } from '../../util/parse';
import { judgeSignature, secretProblem, signingKey, TOLERANCE_S } from './signature';

/** A service that calls back and signs after Standard Webhooks, as its trigger needs to know it. */
export interface CallbackSource {
	/** The kinds of tasks that it calls back about. */
	endpoints: Endpoint[];
	/** The task that a callback tells of; undefined when it tells of none. */
	readCallback(body: unknown, kind: ReadKind): Task | undefined;
	/** Field of the credential with the secret of the signatures; while it is empty, nothing is checked. */
	secretField: string;
}

/** What a callback tells, and whether the service has signed it; nothing is checked without a secret. */
export interface Callback {
	task: Task;
	signature: 'valid' | 'missing' | 'unchecked';
}

const NOT_VALID = {
	unsigned: 'The signature is missing: this webhook takes signed callbacks only',
	// The time is part of what is signed, so it is the sender's.
	stale: `The signature is more than ${TOLERANCE_S / 60} minutes old, or from the future, by the clock of the machine that runs n8n: if that clock is wrong, set it with a time service such as NTP`,
	forged: 'The signature does not fit the body and the webhook secret',
};

/** Checks a request from the cheapest to the dearest, before anything is asked of the service. */
export async function readRequest(
	call: WebhookCall,
	source: CallbackSource,
	endpoint: Endpoint,
): Promise<Callback | Refused> {
	const body = await call.body();
	if (!Buffer.isBuffer(body)) return body;
	const { credential } = endpoint.service.connection;
	const secret = secretIn((await call.credential(credential))[source.secretField]);
	const signature = checkSignature(call, body, secret);
	if (typeof signature !== 'string') return signature;
	const read = jsonIn(body);
	if ('status' in read) return read;
	const task = source.readCallback(read.json, endpoint);
	return task ? { task, signature } : { status: 400, message: 'The body tells of no task' };
}

function checkSignature({ headers, item }: WebhookCall, body: Buffer, secret: string): Callback['signature'] | Refused {
	if (secret === '') return 'unchecked';
	const key = signingKey(secret);
	if (!key) return { status: 500, message: unusableSecret(secret) ?? '' };
	const verdict = judgeSignature(headers, body, key, item.clock.now());
	if (verdict === 'valid') return verdict;
	const { requireSignature } = asRecord(item.parameter('options', {}));
	if (verdict === 'unsigned' && requireSignature === false) return 'missing';
	return { status: 401, message: NOT_VALID[verdict] };
}

/** Says why a secret cannot be used; undefined when it can, or when there is none. */
export function unusableSecret(secret: string): string | undefined {
	const problem = secret === '' ? undefined : secretProblem(secret);
	return problem && `The Webhook Secret cannot be used: ${problem}`;
}

/** The secret in a field of the credential; '' when there is none. */
export function secretIn(value: unknown): string {
	return (asText(value) ?? '').trim();
}
