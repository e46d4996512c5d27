/** A refusal; its code is an HTTP status (docs/services/ps-task.md, Error codes). */
export class Refusal extends Error {
	constructor(
		readonly code: number,
		message: string,
	) {
		super(message);
	}
}

/** The answer to a wrong parameter. */
export function invalid(message: string): Refusal {
	return new Refusal(400, message);
}
