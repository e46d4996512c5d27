/** HTTP statuses of the error codes (docs/services/kling.md, Error codes). */
// prettier-ignore
const statuses: Record<number, number> = {
	0: 200,
	1000: 401, 1001: 401, 1002: 401, 1003: 401, 1004: 401,
	1100: 429, 1101: 429, 1102: 429, 1103: 403,
	1200: 400, 1201: 400, 1202: 404, 1203: 404,
	1300: 400, 1301: 400, 1302: 429, 1303: 429, 1304: 429,
	5000: 500, 5001: 503, 5002: 504,
};

const messages: Record<number, string> = {
	1000: 'Authentication failed',
	1001: 'Authorization is empty',
	1002: 'Authorization is invalid',
	1003: 'The authorization is not yet valid',
	1004: 'The authorization has expired',
	1100: 'Account exception',
	1101: 'Account in arrears',
	1102: 'Account balance not enough',
	1103: 'No permission to access the requested resource',
	1200: 'Invalid request parameters',
	1201: 'Invalid parameters',
	1202: 'The requested method is invalid',
	1203: 'The requested resource does not exist',
	1300: 'Triggered the platform strategy',
	1301: 'Triggered the content security policy',
	1302: 'API request rate too fast',
	1303: 'parallel task over resource pack limit',
	1304: 'Triggered the IP whitelist policy',
	5000: 'Internal server error',
	5001: 'Server temporarily unavailable',
	5002: 'Server internal timeout',
};

/** The HTTP status that belongs to a code. */
export function statusOf(code: number): number {
	return statuses[code] ?? 400;
}

/** What the server says for a code if nothing more exact is known. */
export function messageOf(code: number): string {
	return messages[code] ?? 'Unknown error';
}

/** The code that belongs to an HTTP status, for faults that name only a status. */
export function codeOf(status: number): number {
	const known: Record<number, number> = { 400: 1200, 401: 1000, 403: 1103, 404: 1203, 429: 1302, 503: 5001, 504: 5002 };
	return known[status] ?? (status < 500 ? 1200 : 5000);
}

/** A refusal in the service's own words. */
export class Refusal extends Error {
	constructor(
		readonly code: number,
		message: string = messageOf(code),
		readonly status: number = statusOf(code),
	) {
		super(message);
	}
}

/** 400/1201, the service's answer to almost everything that is wrong with a request. */
export function invalid(message: string): Refusal {
	return new Refusal(1201, message);
}
