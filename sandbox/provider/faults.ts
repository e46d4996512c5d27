import type { Random } from './random';
import { RuleList, type Countable } from './rule-list';

/** The kinds of request that can be spoilt; `file` is the download of a result. */
export type FaultPlace = 'create' | 'get' | 'list' | 'file';

/** How an answer can be spoilt. */
export type FaultKind =
	/** The connection is cut before anything is done. */
	| 'dropBefore'
	/** The work is done, then the connection is cut; half a file is sent first. */
	| 'dropAfter'
	/** An HTTP status (default 500) with an error envelope. */
	| 'status'
	/** 502 with an HTML page, as edge proxies answer. */
	| 'html502'
	/** 200 with a body that is no JSON. */
	| 'brokenJson'
	/** The work is done and the answer stops in the middle. */
	| 'truncatedJson'
	/** The answer waits `ms`. */
	| 'delay'
	/** 429 with code 1302, and Retry-After if `retryAfter` is given. */
	| 'tooMany'
	/** The list leaves out tasks younger than `ms` (default 2000). */
	| 'lag'
	/** The list is out of order. */
	| 'shuffle'
	/** An error envelope with `code` and, unless `status` is given, the HTTP status that belongs to it. */
	| 'code';

/** Spoils the requests that it matches. */
export interface FaultRule extends Countable {
	on: FaultPlace;
	kind: FaultKind;
	status?: number;
	code?: number;
	message?: string;
	/** Milliseconds. */
	ms?: number;
	/** Seconds. */
	retryAfter?: number;
	/** Do the work first, then fail. */
	after?: boolean;
	/** 0 to 1, default 1. */
	probability?: number;
	resource?: string;
}

const names = [
	'on', 'kind', 'status', 'code', 'message', 'ms', 'retryAfter', 'after', 'probability', 'count', 'resource',
];
const places = ['create', 'get', 'list', 'file'];
const gentle: readonly FaultKind[] = ['delay', 'lag', 'shuffle'];
const kinds: readonly string[] = [
	...gentle, 'dropBefore', 'dropAfter', 'status', 'html502', 'brokenJson', 'truncatedJson', 'tooMany', 'code',
];

/** The faults that strike one request. */
export interface Strike {
	/** Replaces the answer. */
	fatal?: FaultRule;
	/** Slow it down or bend a list; any number may strike together. */
	gentle: FaultRule[];
}

/** The fault rules in force. */
export class Faults {
	private readonly rules = new RuleList<FaultRule>(names);

	constructor(private readonly random: Random) {}

	/** Replaces all rules. */
	set(rules: readonly FaultRule[]): void {
		for (const { on, kind } of rules) {
			if (!places.includes(on)) throw new TypeError(`Unknown place: ${on}`);
			if (!kinds.includes(kind)) throw new TypeError(`Unknown fault: ${kind}`);
		}
		this.rules.set(rules);
	}

	/** Draws the faults for one request and counts them as used. */
	strike(on: FaultPlace, resource: string): Strike {
		const applies = (rule: FaultRule) =>
			rule.on === on &&
			(rule.resource === undefined || rule.resource === resource) &&
			(rule.probability === undefined || this.random.next() < rule.probability);
		const isGentle = (rule: FaultRule) => gentle.includes(rule.kind);
		const drawn = this.rules.use(applies, (rule) => !isGentle(rule));
		return { fatal: drawn.find((rule) => !isGentle(rule)), gentle: drawn.filter(isGentle) };
	}
}
