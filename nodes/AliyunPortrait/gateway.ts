import { retryAfterMs } from '../tasks/exchange';
import type { Refusal, Reply } from '../tasks/provider';

/** What a refusal of the gateway means, and what to do about it. */
interface GatewayError {
	/** In plain words, as a user can follow them. */
	cause: string;
	/** What to change. */
	fix: string;
	resend: Refusal['resend'];
	/** How long to wait before the next try, in ms, where the gateway is known to need it. */
	pauseMs?: number;
}

type Row = [pattern: RegExp, error: GatewayError];

const no = (cause: string, fix: string): GatewayError => ({ cause, fix, resend: 'no' });
const later = (cause: string, fix: string): GatewayError => ({ cause, fix, resend: 'later' });
const ambiguous = (cause: string, fix: string): GatewayError => ({ cause, fix, resend: 'ambiguous' });

const SUBSCRIBE = 'Check in the Alibaba Cloud console that the API is subscribed, and that the base URL is the one of its page.';
const RENEW = 'Buy or renew the package of the API in the Alibaba Cloud Marketplace.';
const CONSOLE = 'Ask the provider of the API: its gateway does not let the call pass.';
const ADDRESS = 'Check the base URL of the credential.';
const CODE = 'Check the AppCode of the credential: it is in the Alibaba Cloud Marketplace, under the services you bought.';
const KEY = 'Check AppKey and AppSecret of the credential: they belong together.';
const CLOCK = 'Set the clock of the machine that runs n8n (with a time service such as NTP), then try again.';
const SLOW = 'Wait a moment, or send fewer at once with Batching in the Options.';
const LATER = 'Try again later. If it goes on, contact the provider of the API with the request ID.';

const THROTTLED = later('calls come too fast', SLOW);
const QUOTA = no('the calls of the package are used up', RENEW);
const EXPIRED = no('the subscription has expired', RENEW);
const OVERDUE = no("the provider's account is overdue", CONSOLE);
const NO_APPCODE = no('the AppCode is not accepted', CODE);
const NO_KEY = no('the AppKey is not accepted', KEY);
const NO_SIGNATURE = no('the signature is not accepted', KEY);
const NO_ACCESS = no('the app may not call this API', SUBSCRIBE);
const NO_API = no('there is no such API at this address', ADDRESS);
const MALFORMED = no('the gateway does not take the request', CONSOLE);
const UNREACHED = ambiguous('the gateway could not reach the service', LATER);
const NO_ANSWER = ambiguous('the service did not answer the gateway in time', LATER);
const BROKEN = ambiguous('the gateway broke down', LATER);
/** The breaker stays open for 90 s after many timeouts. */
const BREAKER: GatewayError = { ...later('the gateway has shut the service off for a while, after many timeouts', LATER), pauseMs: 90_000 };

/**
 * Dedicated gateways: the start of `X-Ca-Error-Code` (provider-apis.md 5.5). Only T429 and the open breaker prove that
 * the service was not reached.
 */
const BY_CODE: Row[] = [
	[/^T429/, THROTTLED],
	[/^D503CB/, BREAKER],
	[/^B403MQ/, QUOTA],
	[/^B403M[EI]/, EXPIRED],
	[/^B403[OM]/, OVERDUE],
	[/^A40[01]AC/, NO_APPCODE],
	[/^A400MA/, no('the request carries no authorization', CODE)],
	[/^A400IK/, NO_KEY],
	[/^A403IS/, NO_SIGNATURE],
	[/^A403EP/, EXPIRED],
	[/^(I403AA|A403)/, NO_ACCESS],
	[/^(I404|I410)/, NO_API],
	[/^(B451|I403PT|I405)/, no('the gateway refuses calls to this address', ADDRESS)],
	[/^I413/, no('the request is too large for the gateway', 'Use smaller or fewer photos.')],
	[/^(I400|X400|X403|X500(ED|AM))/, MALFORMED],
	[/^D504TO/, NO_ANSWER],
	[/^(D504|D503)/, UNREACHED],
	[/^(D502|N502|X5)/, BROKEN],
];

/** Classic gateways: the start of `X-Ca-Error-Message`. The same 403 means throttling or quota; only the text tells. */
const BY_MESSAGE: Row[] = [
	// 1,000 calls a day on a domain of the second level: no pause helps today.
	[/^Throttled by DOMAIN/i, no('the test domain has used up its calls of the day', 'Use the domain that the page of the API names, or try again tomorrow.')],
	[/^Throttled by/i, THROTTLED],
	[/^Quota Exhausted/i, QUOTA],
	[/^(Quota Expired|Expiry of Authorization)/i, EXPIRED],
	[/^User Arrears/i, OVERDUE],
	[/^Unauthorized/i, NO_ACCESS],
	[/^Invalid AppCode/i, NO_APPCODE],
	[/^Invalid App(Key|Secret)/i, NO_KEY],
	[/^(Invalid|Empty) Signature/i, NO_SIGNATURE],
	// Each try has a nonce of its own: if it was used, the request arrived before, and so it may have been carried out.
	[/^Nonce Used/i, ambiguous('the request arrived twice', LATER)],
	[/^(Invalid Timestamp|Timestamp Expired)/i, no('the clock of this machine and that of the gateway differ by more than 15 minutes', CLOCK)],
	[/^(Invalid Url|API Not Found|Invalid Domain|Invalid HttpMethod)/i, NO_API],
	[/^Unsupported Multipart/i, no('the gateway takes no uploads signed like this', 'Use an AppCode instead of a signature.')],
	[/^(Invalid|Empty) /i, MALFORMED],
	[/^(Service Unavailable|Internal Error|Failed To Invoke|Async Service)/i, BROKEN],
];

/** Without a code or text that is known. */
function byStatus(status: number): GatewayError {
	// Not the gateway's own word, so it does not prove that the service was not reached.
	if (status === 429) return { ...THROTTLED, resend: 'ambiguous' };
	if (status === 401 || status === 403) return no('access was refused', `${CODE} ${SUBSCRIBE}`);
	if (status === 404) return NO_API;
	if (status >= 500) return BROKEN;
	return no('the request was refused', CONSOLE);
}

/** Longest text of the gateway's that an error repeats, in characters. */
const LONGEST_REASON = 200;

/**
 * The refusal of Aliyun's API gateway: its body is empty, and it speaks through headers. The string to sign, which
 * follows "Invalid Signature", holds the AppKey and is left out.
 */
export function gatewayRefusal({ status, headers }: Reply): Refusal {
	const code = headers['x-ca-error-code'];
	const message = (headers['x-ca-error-message'] ?? '').replace(/,?\s*Server StringToSign.*$/is, '').trim();
	const { cause, fix, resend, pauseMs } = find(BY_CODE, code) ?? find(BY_MESSAGE, message) ?? byStatus(status);
	return {
		code,
		httpStatus: status,
		requestId: headers['x-ca-request-id'],
		reason: message.slice(0, LONGEST_REASON),
		cause,
		hint: fix,
		resend,
		retryAfterMs: retryAfterMs(headers) ?? pauseMs,
	};
}

function find(rows: Row[], text: string | undefined): GatewayError | undefined {
	return text ? rows.find(([pattern]) => pattern.test(text))?.[1] : undefined;
}
