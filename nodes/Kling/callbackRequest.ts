import type { IHookFunctions, IWebhookFunctions } from 'n8n-workflow';

import { asRecord, asText, parseJson } from '../tasks/json';
import { judgeSignature, signingKey, TOLERANCE_S } from '../tasks/callbacks/signature';
import type { Task } from '../tasks/task';
import { rawBody } from '../tasks/callbacks/webhookRequest';
import { readCallback } from './callback';

/** Largest callback that is taken, in bytes; nine pictures with long addresses are a third of it. */
export const LARGEST_CALLBACK = 64 * 1024;

/** What a callback tells, and who says so: Kling by its signature, somebody, or nobody knows for want of a secret. */
export interface Callback {
	task: Task;
	signature: 'valid' | 'missing' | 'unchecked';
}

/** Why a request is not taken for a callback: HTTP status and words for the sender, which tell nothing secret. */
export interface Refused {
	status: number;
	message: string;
}

const UNUSABLE_SECRET = 'The Webhook Secret of the credential cannot be used: it is not base64, with or without whsec_ in front';

const NOT_VALID: Record<'unsigned' | 'stale' | 'forged', string> = {
	unsigned: 'The signature is missing: this webhook takes signed callbacks only',
	stale: `The signature is more than ${TOLERANCE_S / 60} minutes old, or from the future`,
	forged: 'The signature does not fit the body and the webhook secret',
};

/** Checks a request from the cheapest to the dearest, before anything is asked of Kling. */
export async function readRequest(context: IWebhookFunctions, resource: string): Promise<Callback | Refused> {
	const body = await rawBody(context);
	if (body === undefined) return { status: 400, message: 'The body is not JSON' };
	if (body.length > LARGEST_CALLBACK) return { status: 413, message: `The body has more than ${LARGEST_CALLBACK} bytes` };
	const signature = await checkSignature(context, body);
	if (typeof signature !== 'string') return signature;
	const json = parseJson(body.toString('utf8'));
	if (json === undefined) return { status: 400, message: 'The body is not JSON' };
	const task = readCallback(json, resource);
	return task ? { task, signature } : { status: 400, message: 'The body tells of no task' };
}

/** What is wrong with the webhook secret of the node's credential, if there is one. */
export async function secretProblem(context: IHookFunctions): Promise<string | undefined> {
	const secret = await webhookSecret(context);
	return secret === '' || signingKey(secret) ? undefined : UNUSABLE_SECRET;
}

async function checkSignature(context: IWebhookFunctions, body: Buffer): Promise<Callback['signature'] | Refused> {
	const secret = await webhookSecret(context);
	if (secret === '') return 'unchecked';
	const key = signingKey(secret);
	if (!key) return { status: 500, message: UNUSABLE_SECRET };
	const verdict = judgeSignature(context.getHeaderData(), body, key, Date.now());
	if (verdict === 'valid') return verdict;
	const { requireSignature } = asRecord(context.getNodeParameter('options', {}));
	return verdict === 'unsigned' && requireSignature === false ? 'missing' : { status: 401, message: NOT_VALID[verdict] };
}

async function webhookSecret(context: IHookFunctions | IWebhookFunctions): Promise<string> {
	const { webhookSecret: secret } = await context.getCredentials('klingApi');
	return (asText(secret) ?? '').trim();
}
