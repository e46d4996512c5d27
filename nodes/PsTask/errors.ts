import { bodyRule, REDIRECTS, refusalText, statusRule, testRules, type ErrorRow } from '../tasks';

/** What a status means, and what to do about it. */
interface PsRow extends ErrorRow {
	/**
	 * True when it never means "unknown task" (docs/services/ps-task.md), so that the test of the credential fails with
	 * it.
	 */
	failsTest?: boolean;
}

const CREDENTIAL = 'Check Authentication in the credential, and the token or the header.';
const ADDRESS = 'Check the base URL of the credential: it is the address in front of /ps_tasks.';
const REQUEST = 'Change the field that the message names.';
const LATER = 'Try again later. If it goes on, look into the log of the service.';

const UNREACHED = 'the service could not be reached behind its address';

/**
 * Codes are HTTP statuses, in the body or in HTTP alone (docs/services/ps-task.md, Answers). Under 500 a create has
 * been refused; from there on nobody knows.
 */
export const PS_ERRORS: Record<number, PsRow> = {
	400: { cause: 'the request is not valid', fix: REQUEST, retry: 'no' },
	401: { cause: 'the credential is not accepted', fix: CREDENTIAL, retry: 'no', failsTest: true },
	403: { cause: 'access was refused', fix: CREDENTIAL, retry: 'no', failsTest: true },
	404: { cause: 'there is nothing at this address', fix: ADDRESS, retry: 'no' },
	405: { cause: 'the address does not take such requests', fix: ADDRESS, retry: 'no' },
	407: { cause: 'a proxy in front of the service wants a login', fix: ADDRESS, retry: 'no', failsTest: true },
	413: { cause: 'the request is too large', fix: 'Shorten the prompt.', retry: 'no' },
	422: { cause: 'a field has a value that is not accepted', fix: REQUEST, retry: 'no' },
	429: {
		cause: 'too many requests',
		fix: 'Wait a moment, or send fewer at once with Batching in the Options.',
		retry: 'later',
		failsTest: true,
	},
	500: {
		cause: 'the service broke down',
		// Of a create that is lost the engine tells more; this is for reads.
		fix: 'Either the service is broken: try again later. Or it does not know the task, for which its document allows 404 and 500 alike: check the task ID.',
		retry: 'ambiguous',
	},
	502: { cause: UNREACHED, fix: LATER, retry: 'ambiguous', failsTest: true },
	503: { cause: UNREACHED, fix: LATER, retry: 'ambiguous', failsTest: true },
	504: {
		cause: 'the service did not answer in time behind its address',
		fix: LATER,
		retry: 'ambiguous',
		failsTest: true,
	},
};

/** A failure that the document does not name: the task may have been made before it. */
const UNNAMED: ErrorRow = {
	cause: 'the service reports a failure',
	fix: 'Read what the message says, or look into the log of the service.',
	retry: 'ambiguous',
};

/** Something answered with success, so a create may have been carried out behind a broken answer. */
const STRANGE: ErrorRow = {
	cause: 'the answer is not one of the PS task service',
	fix: 'Check the base URL of the credential: another server may be answering.',
	retry: 'ambiguous',
};

/**
 * The row for a code and an HTTP status, which may differ: a service may answer HTTP 200 whatever the code, and a proxy
 * in front knows no codes. The graver of the two counts.
 */
export function psError(code: string | number | undefined, httpStatus: number): ErrorRow {
	const failing = [Number(code), httpStatus].filter((status) => status >= 400 && status < 600);
	if (failing.length === 0) return code === undefined ? STRANGE : UNNAMED;
	const status = Math.max(...failing);
	return PS_ERRORS[status] ?? { ...UNNAMED, retry: status >= 500 ? 'ambiguous' : 'no' };
}

const failing = Object.entries(PS_ERRORS).flatMap(([status, row]) =>
	row.failsTest ? [{ status: Number(status), row }] : [],
);

/**
 * HTTP statuses that n8n takes for a failure of the credential's test; of the others it reads the body. n8n 1.x reads it
 * always, so there the rules about the body judge all of them.
 */
export const PS_FAILING_STATUSES = [...REDIRECTS, ...failing.map(({ status }) => status)];

const OTHER_SERVER = 'The answer is not one of the PS Task API. Check the base URL, and whether it redirects.';

/**
 * The rules by which n8n judges the answer about a task that does not exist: any other envelope with a `code` is a
 * success. Some services say the status only as `code` in the body.
 */
export const PS_TEST_RULES = testRules([
	...failing.flatMap(({ status, row }) => [
		statusRule(status, refusalText('PS Task', row, `HTTP ${status}`)),
		...[status, String(status)].map((code) => bodyRule('code', code, refusalText('PS Task', row, `code ${status}`))),
	]),
	bodyRule('code', undefined, OTHER_SERVER),
	bodyRule('code', null, OTHER_SERVER),
]);
