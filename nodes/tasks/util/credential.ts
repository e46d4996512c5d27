import type {
	IAuthenticateRuleResponseCode,
	IAuthenticateRuleResponseSuccessBody,
	ICredentialDataDecryptedObject,
	ICredentialTestRequest,
	IDataObject,
	IHttpRequestOptions,
} from 'n8n-workflow';

import { timeLimit } from './clock';
import { credentialText, hiddenIn, unsentError } from './credentialFields';
import { ImageHosts } from './imageHosts';
import { holding } from './text';

/** A request as authenticate() gets it; n8n's HTTP Request node says `uri`, `form` and `formData`. */
export type DeclaredRequest = Omit<IHttpRequestOptions, 'url'> & {
	url?: string;
	uri?: string;
	form?: unknown;
	formData?: unknown;
};

/** A rule by which n8n judges the answer to the test of a credential. */
export type TestRule = IAuthenticateRuleResponseCode | IAuthenticateRuleResponseSuccessBody;

/** Slashes at the end of a text; the anchor at the start keeps it linear, where a search for `/+$` is not. */
const END_SLASHES = /^([^]*[^/])?[/]*$/;

/** HTTP statuses that lead to another address, or say that the answer is somewhere else. */
export const REDIRECTS = [300, 301, 302, 303, 304, 305, 306, 307, 308];

/** ms for a whole request that comes without a limit of its own, and for the test of a credential. */
const USUAL_TIMEOUT_MS = 30_000;

/**
 * The base URL that a credential holds: without white space around it, without slashes at its end, and without `pasted`,
 * the end of an address that users copy along with it.
 */
export function baseUrlIn(credentials: ICredentialDataDecryptedObject, pasted: RegExp): string {
	const bare = (text: string) => text.replace(END_SLASHES, '$1');
	return bare(bare(credentialText(credentials, 'baseUrl')).replace(pasted, ''));
}

/** The same as `baseUrlIn`, as the inside of an n8n expression. */
export function baseUrlExpression(pasted: RegExp): string {
	const bare = `.replace(${String(END_SLASHES)}, "$1")`;
	return `($credentials.baseUrl || "").trim()${bare}.replace(${String(pasted)}, "")${bare}`;
}

/**
 * A request as it may be sent with a credential, whoever asks for it, n8n's HTTP Request node and the test of the
 * credential too: to the scheme, host and port of the credential's own base URL; following no redirect, which would take
 * the credential elsewhere; and with one limit of time to the last byte, since n8n's timeout counts idle time only
 * (docs/n8n.md, Requests). Throws an unsentError about the base URL, the address, or what the credential says of hosts
 * of images: its mistakes show in the test of the credential, which downloads none.
 */
export function ownRequest(
	credentials: ICredentialDataDecryptedObject,
	baseUrl: string,
	request: DeclaredRequest,
): DeclaredRequest {
	const own = addressIn(baseUrl);
	ImageHosts.of(credentials, baseUrl);
	const { host, origin } = addressOf(request);
	if (origin !== own.origin) {
		throw unsentError(
			host === own.host
				? 'The credential is for another scheme of this address, so nothing was sent'
				: holding(host, (part) => `The credential is for another host, so nothing was sent to ${part}`),
			`Enter an address that begins with ${own.origin}, or use another credential.`,
		);
	}
	// n8n has one name for it in its own requests, and another one in those of the HTTP Request node.
	const redirects = { disableFollowRedirect: true, followRedirect: false, followAllRedirects: false };
	return { ...request, ...redirects, ...timeLimitOf(request) };
}

/**
 * n8n replaces a signal that a node gives with its request, but not this one. A request that has a signal and no timeout is
 * the engine's, which has set its own limit. n8n's routing writes five minutes into every test of a credential; only there
 * a base URL and a timeout come together.
 */
function timeLimitOf({ abortSignal, timeout, baseURL }: DeclaredRequest): Pick<DeclaredRequest, 'abortSignal'> {
	const given = Number(timeout) > 0 ? Number(timeout) : undefined;
	if (given === undefined && abortSignal) return { abortSignal };
	const ms = baseURL === undefined ? (given ?? USUAL_TIMEOUT_MS) : Math.min(given ?? Infinity, USUAL_TIMEOUT_MS);
	const limit = timeLimit(ms);
	return { abortSignal: abortSignal ? AbortSignal.any([abortSignal as AbortSignal, limit]) : limit };
}

/** The base URL of a credential. Throws an unsentError that says what is wrong with it, without repeating it. */
function addressIn(baseUrl: string): URL {
	const field = 'The field Base URL of the credential';
	if (baseUrl === '') throw unsentError(`${field} is empty`, 'Fill it in.');
	const hidden = hiddenIn(baseUrl);
	if (hidden) throw unsentError(`${field} contains ${hidden}`, 'Enter it again.');
	if (!/^https?:\/\//i.test(baseUrl) || !URL.canParse(baseUrl)) {
		throw unsentError(`${field} is not an address`, 'It begins with https://.');
	}
	const url = new URL(baseUrl);
	if (url.username !== '' || url.password !== '') {
		throw unsentError(`${field} holds a user or a password`, 'Leave them out, and choose an Authentication.');
	}
	if (/[?#]/.test(baseUrl)) throw unsentError(`${field} holds "?" or "#"`, 'Leave it out, with what follows it.');
	return url;
}

/** The address a request goes to, put together as axios does it. Throws an unsentError when it is none. */
export function addressOf(request: DeclaredRequest): URL {
	const target = request.url ?? request.uri ?? '';
	const base = String(request.baseURL ?? '').trim();
	const absolute = /^([a-z][a-z\d+.-]*:)?\/\//i.test(target);
	const full =
		absolute || base === ''
			? target
			: target === ''
				? base
				: `${base.replace(/\/?\/$/, '')}/${target.replace(/^\/+/, '')}`;
	if (!/^https?:\/\//i.test(full) || !URL.canParse(full)) {
		throw unsentError('The address of the request is not a whole one', 'It begins with https://.');
	}
	return new URL(full);
}

/** The value of a header in any case of its name, without white space around it; of several the last, as axios takes it. */
export function headerOf(request: DeclaredRequest, name: string): string {
	const found = Object.entries(request.headers ?? {}).filter(([key]) => key.toLowerCase() === name.toLowerCase());
	return String(found.at(-1)?.[1] ?? '').trim();
}

/** The headers of a request with others set, and none of them twice in another case. `undefined` removes one. */
export function mergeHeaders(request: DeclaredRequest, changes: Record<string, string | undefined>): IDataObject {
	const changed = new Set(Object.keys(changes).map((name) => name.toLowerCase()));
	const kept = Object.entries(request.headers ?? {}).filter(([name]) => !changed.has(name.toLowerCase()));
	const set = Object.entries(changes).filter(([, value]) => value !== undefined);
	return Object.fromEntries([...kept, ...set]);
}

/** A rule about an HTTP status that n8n takes for a failure. */
export function statusRule(value: number, message: string): TestRule {
	return { type: 'responseCode', properties: { value, message } };
}

/** A rule about a value in the body of an answer that n8n takes for a success. n8n compares for equality. */
export function bodyRule(key: string, value: unknown, message: string): TestRule {
	return { type: 'responseSuccessBody', properties: { key, value, message } };
}

/**
 * All rules of a credential's test: the given ones, and those for an address that redirects. n8n takes every answer
 * without a rule for a success.
 */
export function testRules(rules: TestRule[]): ICredentialTestRequest['rules'] {
	const message = 'The address redirects. Enter the address it leads to as Base URL.';
	return [...REDIRECTS.map((status) => statusRule(status, message)), ...rules] as ICredentialTestRequest['rules'];
}

/**
 * What the test of a credential says about a refusal, from the same row as the node; `label` is the code or status, which
 * has no other place there.
 */
export function refusalText(service: string, { cause, fix }: { cause: string; fix: string }, label: string): string {
	return `${service} refused the test: ${cause}. ${fix} (${label})`;
}
