import type { IAuthenticateRuleResponseCode, IAuthenticateRuleResponseSuccessBody, ICredentialTestRequest } from 'n8n-workflow';

type Rule = IAuthenticateRuleResponseCode | IAuthenticateRuleResponseSuccessBody;

const LATER = 'The address may be right, but the service could not be reached behind it. Try again later.';

/** Statuses that never mean "unknown task" (provider-apis.md 6). Some services say the same as `code` in the body. */
const REFUSALS: Array<[status: number, message: string]> = [
	[401, 'The service does not accept the credential. Check Authentication, and the token or the header.'],
	[403, 'The service does not allow the call. Check Authentication, and the token or the header.'],
	[407, 'A proxy in front of the service wants a login. Check the base URL.'],
	[429, 'The service got too many calls. Wait a moment and test again.'],
	[502, LATER],
	[503, LATER],
	[504, LATER],
];

/** HTTP statuses that n8n takes for a failure of the test; of the others it reads the body. */
export const REFUSING_STATUSES = REFUSALS.map(([status]) => status);

/** The rules by which n8n judges the answer about a task that does not exist: any other envelope with a `code` is a success. */
export const PS_TASK_TEST_RULES = [
	...REFUSALS.flatMap(([value, message]): Rule[] => [
		{ type: 'responseCode', properties: { value, message: `${message} (HTTP ${value})` } },
		body(value, `${message} (code ${value})`),
		body(String(value), `${message} (code ${value})`),
	]),
	body(undefined, 'The answer is not one of the PS Task API. Check the base URL.'),
	body(null, 'The answer is not one of the PS Task API. Check the base URL.'),
] as ICredentialTestRequest['rules'];

function body(value: unknown, message: string): Rule {
	return { type: 'responseSuccessBody', properties: { key: 'code', value, message } };
}
