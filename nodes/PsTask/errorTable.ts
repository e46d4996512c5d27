import type { Refusal } from '../tasks/provider';

/** What a refusal means, and what to do about it. */
export interface PsError {
	/** In plain words, as a user can follow them. */
	cause: string;
	/** What to change. */
	fix: string;
	resend: Refusal['resend'];
}

const CREDENTIAL = 'Check Authentication in the credential, and the token or the header.';
const ADDRESS = 'Check the base URL of the credential: it is the address in front of /ps_tasks.';
const REQUEST = 'Change the field that the message names.';
const LATER = 'Try again later. If it goes on, look into the log of the service.';

const BROKEN = 'the service broke down';
const UNREACHED = 'the service could not be reached behind its address';

/**
 * Codes are HTTP statuses, in the body or in HTTP alone (specs/ps-tasks.md, section 1). Under 500 a create has been
 * refused; from there on nobody knows.
 */
export const PS_ERRORS: Record<number, PsError> = {
	400: { cause: 'the request is not valid', fix: REQUEST, resend: 'no' },
	401: { cause: 'the credential is not accepted', fix: CREDENTIAL, resend: 'no' },
	403: { cause: 'access was refused', fix: CREDENTIAL, resend: 'no' },
	404: { cause: 'there is nothing at this address', fix: ADDRESS, resend: 'no' },
	405: { cause: 'the address does not take such requests', fix: ADDRESS, resend: 'no' },
	407: { cause: 'a proxy in front of the service wants a login', fix: ADDRESS, resend: 'no' },
	413: { cause: 'the request is too large', fix: 'Shorten the prompt.', resend: 'no' },
	422: { cause: 'a field has a value that is not accepted', fix: REQUEST, resend: 'no' },
	429: { cause: 'too many requests', fix: 'Wait a moment, or send fewer at once with Batching in the Options.', resend: 'later' },
	500: {
		cause: BROKEN,
		// Of a create that is lost the engine tells more; this is for reads.
		fix: 'Either the service is broken: try again later. Or it does not know the task, for which its document allows 404 and 500 alike: check the task ID.',
		resend: 'ambiguous',
	},
	502: { cause: UNREACHED, fix: LATER, resend: 'ambiguous' },
	503: { cause: UNREACHED, fix: LATER, resend: 'ambiguous' },
	504: { cause: 'the service did not answer in time behind its address', fix: LATER, resend: 'ambiguous' },
};

/** A failure that the document does not name: the task may have been made before it. */
const UNNAMED: PsError = { cause: 'the service reports a failure', fix: 'Read what the message says, or look into the log of the service.', resend: 'ambiguous' };

/** Something answered with success, so a create may have been carried out behind a broken answer. */
const STRANGE: PsError = {
	cause: 'the answer is not one of the PS task service',
	fix: 'Check the base URL of the credential: another server may be answering.',
	resend: 'ambiguous',
};

/**
 * The row for a code and an HTTP status, which may differ: a service may answer HTTP 200 whatever the code, and a proxy
 * in front knows no codes. The graver of the two counts.
 */
export function psError(code: string | number | undefined, httpStatus: number): PsError {
	const failing = [Number(code), httpStatus].filter((status) => status >= 400 && status < 600);
	if (failing.length === 0) return code === undefined ? STRANGE : UNNAMED;
	const status = Math.max(...failing);
	return PS_ERRORS[status] ?? { ...UNNAMED, resend: status >= 500 ? 'ambiguous' : 'no' };
}
