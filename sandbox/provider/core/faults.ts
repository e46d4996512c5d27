import type { ServiceFaultKinds, ServiceName } from './extensions';
import type { Random } from './random';
import { RuleList, type Countable } from './rule-list';

/**
 * The kinds of request that can be spoilt; `file` is the download of a result, `upload` the sending of a picture
 * before the create that uses it.
 */
export type FaultPlace = 'create' | 'get' | 'list' | 'file' | 'upload';

/** How an answer can be spoilt, whatever the service. */
type SharedFaultKind =
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
	/** The answer waits `ms`; without it, until the rules are replaced. */
	| 'delay'
	/** 429 with the service's code for it, and Retry-After if `retryAfter` is given. */
	| 'tooMany'
	/** An error envelope with `code` and, unless `status` is given, the HTTP status that belongs to it. */
	| 'code';

/** How an answer can be spoilt. */
export type FaultKind = SharedFaultKind | keyof ServiceFaultKinds;

/** Spoils the requests that it matches. */
export interface FaultRule extends Countable {
	on: FaultPlace;
	kind: FaultKind;
	status?: number;
	/** A number, unless a service's own kind of fault says otherwise. */
	code?: number | string;
	message?: string;
	/** Milliseconds. */
	ms?: number;
	/** Seconds. */
	retryAfter?: number;
	/** Do the work first, then fail. */
	after?: boolean;
	/** 0 to 1, default 1. */
	probability?: number;
	service?: ServiceName;
	resource?: string;
}

/** Whose request it is; nobody's if a file of no task is asked for. */
export interface FaultTarget {
	service: ServiceName;
	resource: string;
}

/** A kind of fault. */
export interface FaultTraits {
	/** true: slows an answer down or bends a list, and leaves it right. */
	gentle?: boolean;
	/** Throws a TypeError for a rule that makes no sense; without it the code must be a number. */
	check?(rule: FaultRule): void;
}

/** What the faults have to know of a service. */
export interface FaultOwner {
	readonly name: ServiceName;
	/** The kinds that it alone knows. They spoil its API calls, never its files. */
	readonly faultKinds?: { readonly [Kind in keyof ServiceFaultKinds]?: FaultTraits };
}

const names = [
	'on',
	'kind',
	'status',
	'code',
	'message',
	'ms',
	'retryAfter',
	'after',
	'probability',
	'count',
	'service',
	'resource',
];
const places = ['create', 'get', 'list', 'file', 'upload'];
const shared: Record<SharedFaultKind, FaultTraits> = {
	dropBefore: {},
	dropAfter: {},
	status: {},
	html502: {},
	brokenJson: {},
	truncatedJson: {},
	delay: { gentle: true },
	tooMany: {},
	code: {},
};

/** The faults that strike one request. */
export interface Strike {
	/** Replaces the answer. */
	fatal?: FaultRule;
	/** Slow it down or bend a list; any number may strike together. */
	gentle: FaultRule[];
	/** Aborted when the rules that it comes from are replaced. */
	replaced?: AbortSignal;
}

/** The fault rules in force. */
export class Faults {
	private readonly rules = new RuleList<FaultRule>(names);
	private inForce = new AbortController();
	/** Of every kind; `owner` is the only service that knows it. */
	private readonly kinds = new Map<string, FaultTraits & { owner?: ServiceName }>(Object.entries(shared));

	constructor(
		private readonly random: Random,
		private readonly services: readonly FaultOwner[],
	) {
		for (const { name: owner, faultKinds = {} } of services) {
			for (const [kind, traits] of Object.entries<FaultTraits>(faultKinds)) this.kinds.set(kind, { ...traits, owner });
		}
	}

	/** Replaces all rules. */
	set(rules: readonly FaultRule[]): void {
		for (const rule of rules) this.check(rule);
		this.rules.set(rules);
		this.inForce.abort();
		this.inForce = new AbortController();
	}

	/** Draws the faults for one request and counts them as used. */
	strike(on: FaultPlace, target?: FaultTarget): Strike {
		const applies = (rule: FaultRule) => {
			const owner = this.kinds.get(rule.kind)?.owner;
			return (
				rule.on === on &&
				(rule.service === undefined || rule.service === target?.service) &&
				(rule.resource === undefined || rule.resource === target?.resource) &&
				(owner === undefined || owner === target?.service) &&
				(rule.probability === undefined || this.random.next() < rule.probability)
			);
		};
		const isGentle = ({ kind }: FaultRule) => this.kinds.get(kind)?.gentle === true;
		const drawn = this.rules.use(applies, (rule) => !isGentle(rule));
		return {
			fatal: drawn.find((rule) => !isGentle(rule)),
			gentle: drawn.filter(isGentle),
			replaced: this.inForce.signal,
		};
	}

	private check(rule: FaultRule): void {
		const { on, kind, service } = rule;
		if (!places.includes(on)) throw new TypeError(`Unknown place: ${on}`);
		const traits = this.kinds.get(kind);
		if (!traits) throw new TypeError(`Unknown fault: ${kind}`);
		if (service !== undefined && !this.services.some(({ name }) => name === service)) {
			throw new TypeError(`Unknown service: ${service}`);
		}
		const { owner } = traits;
		if (owner !== undefined && (on === 'file' || (service ?? owner) !== owner)) {
			throw new TypeError(`Only API calls of ${owner} know ${kind}`);
		}
		if (traits.check) traits.check(rule);
		else if (typeof rule.code === 'string') throw new TypeError(`The code of ${kind} must be a number`);
	}
}
