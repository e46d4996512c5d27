import { randomUUID } from 'node:crypto';

import type { Answer } from '../../core/answer';

/**
 * The gateway's codes (docs/services/aliyun-portrait.md, Gateway errors). Letters 2 to 4 are the HTTP status. Messages
 * are recorded for B403MQ only; the others say the meaning that the table gives.
 */
// prettier-ignore
const messages: Record<string, string> = {
	...same('Invalid Request', ['I400HD', 'I400BD', 'I400PA', 'I400RU', 'I400CT', 'I400SG', 'I400I5', 'I400NC', 'I400MP', 'I400IP']),
	I400MH: 'Missing Header',
	I405UM: 'Unsupported Method',
	I403PT: 'Unsupported Protocol',
	I413RL: 'Request Body Too Large',
	I413UL: 'Request URL Too Large',
	...same('API Not Found', ['I404DO', 'I404NF', 'I404NR', 'I404SR']),
	I410GG: 'Group Instance Invalid',
	I403AA: 'Unauthorized',
	...same('Invalid AppCode', ['A400AC', 'A401AC']),
	A400MA: 'Need Authorization',
	A400IK: 'Invalid AppKey',
	A403IS: 'Invalid AppSecret',
	A403EP: 'App Authorization Expired',
	A403PR: 'Plugin Authorization Refused',
	...same('Access Denied', ['A403IP', 'A403VN', 'A403AC', 'A403CO', 'A403IN', 'A403FC']),
	B403MQ: 'Api Market Subscription quota exhausted',
	B403ME: 'Api Market Subscription expired',
	B403MI: 'Api Market Subscription invalid',
	...same('Provider Overdue', ['B403OD', 'B403MO']),
	...same('Blocked', ['B451DO', 'B451GO']),
	...same('Throttled', ['T429ID', 'T429IN', 'T429GR', 'T429PA', 'T429PR', 'T429SR', 'T429MR']),
	D503CB: 'Circuit Breaker Open',
	D503BB: 'Backend Busy',
	...same('Cannot Connect To Backend', ['D504RE', 'D504IL', 'D504CO', 'D504CS']),
	D504TO: 'Backend Timeout',
	D502FC: 'Invalid Backend Response',
	N502RE: 'Response Transport Error',
	...same('Gateway Error', ['X500ER', 'X503BZ', 'X504VE', 'X504TO', 'X400PM', 'X500ED', 'X500AM', 'X403DG', 'I400JP']),
};

/**
 * How the classic gateway's messages begin, by HTTP status; it sends no codes
 * (docs/services/aliyun-portrait.md, Gateway errors).
 */
// prettier-ignore
const classic: Record<number, string[]> = {
	400: [
		'Invalid Url', 'Invalid AppCode', 'Invalid Param Location', 'Empty Request Body', 'Invalid Request Body',
		'Unsupported Multipart', 'Invalid Domain', 'Invalid HttpMethod', 'Invalid AppKey', 'Invalid AppSecret',
		'Invalid Timestamp', 'Timestamp Expired', 'Nonce Used', 'Invalid Content-MD5', 'Invalid Signature', 'API Not Found',
	],
	401: ['Empty Signature'],
	403: ['Throttled by ', 'Quota Exhausted', 'Quota Expired', 'User Arrears', 'Expiry of Authorization', 'Unauthorized'],
	500: ['Internal Error', 'Failed To Invoke Backend Service'],
	503: ['Service Unavailable'],
	504: ['Async Service'],
};

/** What the gateway says instead of passing a request on. */
export class GatewayRefusal extends Error {
	readonly status: number;

	/** With a code as the new gateway, without as the classic one, whose message decides the status. */
	constructor(
		readonly code: string | undefined,
		message = messages[code ?? ''] ?? '',
	) {
		super(message);
		const status = code === undefined ? classicStatus(message) : codeStatus(code);
		if (status === undefined) throw new TypeError(`Unknown gateway refusal: ${code ?? message}`);
		this.status = status;
	}
}

/**
 * The answer for a refusal: headers and an empty body. `withCode: false` leaves the code out, as the classic gateway.
 */
export function refused({ code, message, status }: GatewayRefusal, withCode = true): Answer {
	const headers: Record<string, string> = { 'x-ca-error-message': headerText(message), 'x-ca-request-id': requestId() };
	if (code !== undefined && withCode) headers['x-ca-error-code'] = code;
	return { status, headers, text: '', type: 'application/octet-stream', code: null, gateway: code ?? message };
}

/** What the gateway calls a request. */
export function requestId(): string {
	return randomUUID().toUpperCase();
}

function codeStatus(code: string): number | undefined {
	return Object.hasOwn(messages, code) ? Number(code.slice(1, 4)) : undefined;
}

function classicStatus(message: string): number | undefined {
	const found = Object.entries(classic).find(([, starts]) => starts.some((start) => message.startsWith(start)));
	return found && Number(found[0]);
}

/** Headers carry bytes: the text's UTF-8, and no line ends. */
function headerText(text: string): string {
	return Buffer.from(text, 'utf8')
		.toString('latin1')
		.replace(/[\0-\x08\x0a-\x1f\x7f]/g, '#');
}

function same(message: string, codes: readonly string[]): Record<string, string> {
	return Object.fromEntries(codes.map((code) => [code, message]));
}
