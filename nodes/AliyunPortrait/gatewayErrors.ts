import {
	bodyRule,
	REDIRECTS,
	refusalText,
	retryAfterMs,
	statusRule,
	testRules,
	type ErrorRow,
	type Refusal,
	type Reply,
	type Retry,
} from '../tasks';

/**
 * What a refusal of Aliyun's API gateway means (docs/services/aliyun-portrait.md, Gateway errors), and how the gateway
 * says it.
 */
interface GatewayRow extends ErrorRow {
	/** Dedicated gateways: the start of `X-Ca-Error-Code`. */
	code?: RegExp;
	/** Classic gateways: the start of `X-Ca-Error-Message`. The same HTTP 403 means throttling or quota; only the text tells. */
	text?: RegExp;
	/** What an HTTP status means by itself, without a code or text that is known. Others say "refused" or "broke down". */
	statuses?: number[];
	/** How long to wait before the next try, in ms, where the gateway is known to need it. */
	pauseMs?: number;
}

const SUBSCRIBE =
	'Check in the Alibaba Cloud console that the API is subscribed, and that the base URL is the one of its page.';
const RENEW = 'Buy or renew the package of the API in the Alibaba Cloud Marketplace.';
const PROVIDER = 'Ask the provider of the API: its gateway does not let the call pass.';
const ADDRESS = 'Check the base URL of the credential.';
const CODE =
	'Check the AppCode of the credential: it is in the Alibaba Cloud Marketplace, under the services you bought.';
const KEY = 'Check AppKey and AppSecret of the credential: they belong together.';
const CLOCK = 'Set the clock of the machine that runs n8n (with a time service such as NTP), then try again.';
const SLOW = 'Wait a moment, or send fewer at once with Batching in the Options.';
const LATER = 'Try again later. If it goes on, contact the provider of the API with the request ID.';
const CREDENTIAL = 'Check the AppCode, or AppKey, AppSecret and Stage';
const CLOCK_TOO = 'With a signature, also check the clock of the machine that runs n8n.';
const BOUGHT = 'that the API is bought, and that its package is neither used up nor expired';

type Told = Pick<GatewayRow, 'code' | 'text' | 'statuses'>;

const row = (retry: Retry, cause: string, fix: string, told: Told): GatewayRow => ({ cause, fix, retry, ...told });
const no = (cause: string, fix: string, told: Told) => row('no', cause, fix, told);
const ambiguous = (cause: string, fix: string, told: Told) => row('ambiguous', cause, fix, told);
/** Whatever else this account sends will be refused as well. */
const account = (cause: string, fix: string, told: Told): GatewayRow => ({
	...no(cause, fix, told),
	concerns: 'account',
});

const REFUSED = no('the request was refused', PROVIDER, {});
const BROKEN = ambiguous('the gateway or the service broke down', LATER, {
	code: /^X5/,
	text: /^(Service Unavailable|Internal Error|Failed To Invoke|Async Service)/i,
	statuses: [500],
});

/**
 * All refusals, for the node and for the test of the credential; the first row that fits counts. Only throttling and the
 * open breaker, in the gateway's own words, prove that the service was not reached.
 */
export const GATEWAY_ERRORS: GatewayRow[] = [
	// 1,000 calls a day on a domain of the second level: no pause helps today.
	account(
		'the test domain has no calls left today',
		'Use the domain that the page of the API names, or try again tomorrow.',
		{ text: /^Throttled by DOMAIN/i },
	),
	row('later', 'calls come too fast', SLOW, { code: /^T429/, text: /^Throttled by/i }),
	ambiguous('there are too many calls', SLOW, { statuses: [429] }),
	// The breaker stays open for 90 s after many timeouts.
	{
		...row('later', 'the gateway has paused the service', LATER, {
			code: /^D503CB/,
		}),
		pauseMs: 90_000,
	},
	account('the calls of the package are used up', RENEW, { code: /^B403MQ/, text: /^Quota Exhausted/i }),
	account('the subscription has expired', RENEW, {
		code: /^(B403M[EI]|A403EP)/,
		text: /^(Quota Expired|Expiry of Authorization)/i,
	}),
	account("the provider's account is overdue", PROVIDER, { code: /^B403[OM]/, text: /^User Arrears/i }),
	account('the AppCode is not accepted', CODE, { code: /^A40[01]AC/, text: /^Invalid AppCode/i }),
	account('the request carries no authorization', CODE, { code: /^A400MA/ }),
	account('the AppKey is not accepted', KEY, { code: /^A400IK/, text: /^Invalid App(Key|Secret)/i }),
	account('the signature is not accepted', KEY, { code: /^A403IS/, text: /^(Invalid|Empty) Signature/i }),
	no('the clock of this machine is wrong', CLOCK, {
		text: /^(Invalid Timestamp|Timestamp Expired)/i,
	}),
	// Each try has a nonce of its own: if it was used, the request arrived before, and so it may have been carried out.
	ambiguous('the request arrived twice', LATER, { text: /^Nonce Used/i }),
	account('the app may not call this API', SUBSCRIBE, { code: /^(I403AA|A403)/, text: /^Unauthorized/i }),
	no('request or credential is not valid', `${CREDENTIAL}. ${CLOCK_TOO}`, {
		statuses: [400],
	}),
	no('the credential is not accepted', `${CREDENTIAL}.`, { statuses: [401] }),
	no('access was refused', `${CREDENTIAL}, ${BOUGHT}. Too many calls at once are refused like this as well.`, {
		statuses: [403],
	}),
	no('there is no such API at this address', ADDRESS, {
		code: /^(I404|I410)/,
		text: /^(Invalid Url|API Not Found|Invalid Domain|Invalid HttpMethod)/i,
		statuses: [404, 410],
	}),
	no('Aliyun has blocked this address', 'Ask the provider of the API.', {
		code: /^B451/,
		statuses: [451],
	}),
	no('the address takes no such calls', ADDRESS, { code: /^(I403PT|I405)/, statuses: [405] }),
	no('the request is too large', 'Use smaller or fewer photos.', { code: /^I413/, statuses: [413] }),
	no('uploads cannot be signed like this', 'Use an AppCode instead of a signature.', {
		text: /^Unsupported Multipart/i,
	}),
	no('the gateway does not take the request', PROVIDER, {
		code: /^(I400|X400|X403|X500(ED|AM))/,
		text: /^(Invalid|Empty) /i,
	}),
	ambiguous('the service did not answer in time', LATER, { code: /^D504TO/, statuses: [504] }),
	ambiguous('the service is busy or paused', LATER, { code: /^D503/, statuses: [503] }),
	ambiguous('the gateway could not reach the service', LATER, { code: /^D504/ }),
	ambiguous('the gateway got no usable answer', LATER, { code: /^(D502|N502)/, statuses: [502] }),
	BROKEN,
];

/** The refusal of the gateway: its body is empty, and it speaks through headers. */
export function gatewayRefusal({ status, headers }: Reply): Refusal {
	const code = headers['x-ca-error-code'];
	const reason = withoutStringToSign(headers['x-ca-error-message'] ?? '');
	const { cause, fix, retry, concerns, pauseMs } = rowFor(code, reason, status);
	return {
		code,
		httpStatus: status,
		requestId: headers['x-ca-request-id'],
		reason,
		cause,
		hint: fix,
		retry,
		concerns,
		retryAfterMs: retryAfterMs(headers) ?? pauseMs,
	};
}

function rowFor(code: string | undefined, reason: string, status: number): GatewayRow {
	return (
		GATEWAY_ERRORS.find((error) => code !== undefined && error.code?.test(code)) ??
		GATEWAY_ERRORS.find(({ text }) => text?.test(reason)) ??
		GATEWAY_ERRORS.find(({ statuses }) => statuses?.includes(status)) ??
		(status >= 500 ? BROKEN : REFUSED)
	);
}

/** The string to sign, which follows "Invalid Signature", holds the AppKey. */
function withoutStringToSign(message: string): string {
	const start = message.toLowerCase().indexOf('server stringtosign');
	if (start < 0) return message.trim();
	const before = message.slice(0, start).trim();
	return before.endsWith(',') ? before.slice(0, -1).trim() : before;
}

/** Values of `ret` with a rule of their own: a rule compares for equality, so "not 0" cannot be said. */
const REFUSING_RETS = [-1, 1, 400, 401, 403, 404, 429, 500];

const NAME = 'Aliyun AI Portrait';

/**
 * HTTP statuses that n8n takes for a failure of the credential's test; of the others it reads the body. n8n 1.x reads it
 * always, so there all refusals of the gateway, whose bodies are empty, have one text.
 */
export const ALIYUN_FAILING_STATUSES = [...REDIRECTS, ...GATEWAY_ERRORS.flatMap(({ statuses = [] }) => statuses)];

/**
 * The rules by which n8n judges the style query. All that n8n hands on of a refusal of the gateway is the HTTP status. An
 * answer is good when it has `ret` and a list (only arrays have `map`): that leaves out web pages, empty answers and
 * refusals with HTTP 200.
 */
export const ALIYUN_TEST_RULES = testRules([
	...GATEWAY_ERRORS.flatMap((error) =>
		(error.statuses ?? []).map((status) => statusRule(status, refusalText(NAME, error, `HTTP ${status}`))),
	),
	...REFUSING_RETS.flatMap((ret) => [ret, String(ret)]).map((ret) =>
		bodyRule(
			'ret',
			ret,
			refusalText(
				NAME,
				{ cause: 'the service does not accept the call', fix: `${CREDENTIAL}, and ${BOUGHT}.` },
				`ret ${ret}`,
			),
		),
	),
	bodyRule(
		'length',
		0,
		`The call was refused, and no reason is told. ${CREDENTIAL}, ${BOUGHT}. ${CLOCK_TOO} ${ADDRESS}`,
	),
	bodyRule('ret', undefined, `The answer is not one of the AI Portrait API. ${ADDRESS}`),
	bodyRule(
		'body.map',
		undefined,
		`The service answered without a list of styles, so it refused the call. ${CREDENTIAL}, and ${BOUGHT}.`,
	),
]);
