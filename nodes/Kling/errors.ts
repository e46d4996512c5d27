import { bodyRule, REDIRECTS, refusalText, testRules, type ErrorRow } from '../tasks';

/** What a code of Kling means, and what to do about it (docs/services/kling.md, Error codes). */
export interface KlingError extends ErrorRow {
	code: number;
}

const CLOCK = 'Set the clock of the machine that runs n8n (with a time service such as NTP), then try again.';
const CREDENTIAL =
	'Check the API key, or access key and secret key, and the region together: keys of one region do not work in the other, and the service answers both mistakes alike.';
const LATER = 'Try again later. If it goes on, contact Kling with the request ID.';

/** All codes of Kling but success. HTTP 429 says nothing: 1100 to 1102 and 1304 are final. */
export const KLING_ERRORS: KlingError[] = [
	{ code: 1000, cause: 'authentication failed', fix: CREDENTIAL, retry: 'withNewSignature' },
	{
		code: 1001,
		cause: 'no API key was sent',
		fix: 'Fill in the API key, or access key and secret key, in the credential.',
		retry: 'no',
	},
	{
		code: 1002,
		cause: 'the key or the region is not accepted',
		fix: CREDENTIAL,
		retry: 'withNewSignature',
		concerns: 'account',
	},
	{
		code: 1003,
		cause: 'the clock of this machine is fast',
		fix: CLOCK,
		retry: 'withNewSignature',
	},
	{
		code: 1004,
		cause: 'the clock of this machine is slow',
		fix: CLOCK,
		retry: 'withNewSignature',
	},
	{
		code: 1100,
		cause: 'the account is in an abnormal state',
		fix: 'Verify the account in the Kling console.',
		retry: 'no',
		concerns: 'account',
	},
	{
		code: 1101,
		cause: 'the account is in arrears',
		fix: 'Top up the account in the Kling console.',
		retry: 'no',
		concerns: 'account',
	},
	{
		code: 1102,
		cause: 'the resource pack is used up or has expired',
		fix: 'Buy a resource pack for images, or switch on post-payment; packs are bound to a kind of product.',
		retry: 'no',
		concerns: 'account',
	},
	{
		code: 1103,
		cause: 'the account may not use this API or model',
		fix: 'Check the permissions of the account in the Kling console.',
		retry: 'no',
		concerns: 'model',
	},
	{
		code: 1200,
		cause: 'the request is not valid',
		fix: 'Check the fields of the node, and Raw JSON Fields if it is used.',
		retry: 'no',
	},
	{
		code: 1201,
		cause: 'a field has a value that is not accepted',
		fix: 'Change the field that the message names.',
		retry: 'no',
	},
	{
		code: 1202,
		cause: 'the method is not valid',
		fix: 'Check a custom base URL: it must lead to the Kling API.',
		retry: 'no',
	},
	{
		code: 1203,
		cause: 'the model or the address does not exist',
		fix: 'Choose another model, or check a custom base URL.',
		retry: 'no',
	},
	{ code: 1300, cause: "blocked by the platform's policy", fix: 'Change the image or the prompt.', retry: 'no' },
	{
		code: 1301,
		cause: 'the content was refused by the security check',
		fix: 'Change the image or the prompt.',
		retry: 'no',
	},
	{
		code: 1302,
		cause: 'too many requests',
		fix: 'Wait a moment, or send fewer at once with Batching in the Options.',
		retry: 'later',
	},
	{
		code: 1303,
		cause: "the account's limit of running tasks is used up",
		fix: 'Wait until running tasks have ended, raise Queue Timeout, or buy a pack with more concurrency.',
		retry: 'noSlot',
	},
	{
		code: 1304,
		cause: "this machine is not in the account's IP whitelist",
		fix: 'Add the public address of this machine in the Kling console.',
		retry: 'no',
		concerns: 'account',
	},
	{ code: 5000, cause: 'internal error of the service', fix: LATER, retry: 'ambiguous' },
	{ code: 5001, cause: 'it is down, usually for maintenance', fix: LATER, retry: 'ambiguous' },
	{ code: 5002, cause: 'the service ran out of time', fix: LATER, retry: 'ambiguous' },
];

/** Codes that are not in the table, by their first digits. */
const CLASSES: Array<[RegExp, ErrorRow]> = [
	[/^10\d\d$/, { cause: 'authentication failed', fix: CREDENTIAL, retry: 'no' }],
	[/^11\d\d$/, { cause: 'the account may not do this', fix: 'Check the account in the Kling console.', retry: 'no' }],
	[/^12\d\d$/, { cause: 'the request is not valid', fix: 'Change the field that the message names.', retry: 'no' }],
	[/^13\d\d$/, { cause: 'refused by a policy of the platform', fix: 'Read what the message says.', retry: 'no' }],
	[/^5\d\d\d$/, { cause: 'the service broke down', fix: LATER, retry: 'ambiguous' }],
];

const byCode = new Map(KLING_ERRORS.map((error) => [error.code, error]));

/** The row for a code; unknown codes fall back to their class, or to what the HTTP status says. */
export function klingError(code: number | undefined, httpStatus: number): ErrorRow {
	const row = code === undefined ? undefined : byCode.get(code);
	const group = CLASSES.find(([pattern]) => pattern.test(String(code)))?.[1];
	return row ?? group ?? byStatus(httpStatus);
}

/** Answers of a proxy in front of the service carry no code. */
function byStatus(httpStatus: number): ErrorRow {
	if (httpStatus >= 500)
		return { cause: 'a server on the way to the service broke down', fix: LATER, retry: 'ambiguous' };
	if (httpStatus === 429) return { cause: 'too many requests', fix: 'Wait a moment and try again.', retry: 'later' };
	if (httpStatus === 401 || httpStatus === 403) return { cause: 'access was refused', fix: CREDENTIAL, retry: 'no' };
	return {
		cause: 'the answer is not one of the Kling API',
		fix: 'Check the region or base URL of the credential: another server may be answering.',
		// Something answered with success, so a create may have been carried out behind a broken answer.
		retry: httpStatus < 400 ? 'ambiguous' : 'no',
	};
}

/**
 * HTTP statuses that n8n takes for a failure of the credential's test; of the others it reads the body. n8n 1.x reads it
 * always, so there the rules about the body judge a redirect.
 */
export const KLING_FAILING_STATUSES = REDIRECTS;

/** The rules by which n8n judges the list of tasks. Relays send codes as text. */
export const KLING_TEST_RULES = testRules([
	...KLING_ERRORS.flatMap((error) =>
		[error.code, String(error.code)].map((code) => bodyRule('code', code, refusalText('Kling', error, `code ${code}`))),
	),
	bodyRule(
		'code',
		undefined,
		'The answer is not one of the Kling API. Check the region, or the base URL and whether it redirects.',
	),
]);
