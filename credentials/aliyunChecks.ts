import type { IAuthenticateRuleResponseCode, IAuthenticateRuleResponseSuccessBody, ICredentialTestRequest } from 'n8n-workflow';

type Rule = IAuthenticateRuleResponseCode | IAuthenticateRuleResponseSuccessBody;

const KEYS = 'Check the AppCode, or AppKey, AppSecret and Stage';
const PACKAGE = 'that the API is bought, and that its package is neither used up nor expired';
const LATER = 'Try again later.';

/** What an HTTP status of the gateway means (provider-apis.md 5.5). All that n8n's test hands on of a refusal is the status. */
const STATUSES: Array<[status: number, message: string]> = [
	[400, `The gateway refused the request. ${KEYS}. With a signature also check the clock of the machine that runs n8n.`],
	[401, `The gateway does not accept the credential. ${KEYS}.`],
	[403, `The gateway does not allow the call. ${KEYS}, ${PACKAGE}. Too many calls at once are refused like this as well.`],
	[404, 'The gateway knows no such API at this address. Check the base URL.'],
	[405, 'The address does not take this call. Check the base URL.'],
	[410, 'The address is no longer in service. Check the base URL in the Aliyun Marketplace.'],
	[429, 'The gateway got too many calls. Wait a moment and test again.'],
	[451, 'The address is blocked at Aliyun. Ask the seller of the API.'],
	[500, `The service broke down. ${LATER}`],
	[502, `The gateway got no usable answer from the service. ${LATER}`],
	[503, `The service is busy or paused by the gateway. ${LATER}`],
	[504, `The service did not answer the gateway in time. ${LATER}`],
];

/** Values of `ret` worth a name of their own. A rule compares for equality, so "not 0" cannot be said. */
const REFUSALS = [-1, 1, 400, 401, 403, 404, 429, 500];

/**
 * The rules by which n8n judges the style query; anything without a rule is a success. An answer is good when it has
 * `ret` and a list (only arrays have `map`): that leaves out web pages, empty answers and refusals with HTTP 200.
 */
export const ALIYUN_TEST_RULES = [
	...STATUSES.map(([value, message]): Rule => ({ type: 'responseCode', properties: { value, message: `${message} (HTTP ${value})` } })),
	...REFUSALS.flatMap((ret) => [ret, String(ret)]).map((value) =>
		body('ret', value, `The service refused the call (ret ${value}). ${KEYS}, and ${PACKAGE}.`),
	),
	body('ret', undefined, 'The answer is not one of the AI Portrait API. Check the base URL.'),
	body('body.map', undefined, `The service answered without a list of styles, so it refused the call. ${KEYS}, and ${PACKAGE}.`),
] as ICredentialTestRequest['rules'];

function body(key: string, value: unknown, message: string): Rule {
	return { type: 'responseSuccessBody', properties: { key, value, message } };
}
