/** Values of `ret` that this simulator uses; the document shows 0 only (docs/services/aliyun-portrait.md, Answers). */
export const rets = { invalid: 1001, notFound: 1002, notReady: 1003, tooMany: 1029, internal: 5000 };

/** A refusal of the service behind the gateway. */
export class Refusal extends Error {
	constructor(
		readonly ret: number,
		message: string,
	) {
		super(message);
	}
}

/** The answer to a wrong parameter. */
export function invalid(message: string): Refusal {
	return new Refusal(rets.invalid, message);
}
