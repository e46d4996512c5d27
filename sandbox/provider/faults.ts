import { GatewayRefusal } from './aliyun/gateway/refusals';
import type { Random } from './random';
import { RuleList, type Countable } from './rule-list';
import { serviceNames, type ServiceName } from './service';

/**
 * The kinds of request that can be spoilt; `file` is the download of a result. Aliyun's style query is a `list`,
 * sending a photo is an `upload`.
 */
export type FaultPlace = 'create' | 'get' | 'list' | 'file' | 'upload';

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
	/** 429 with the service's code (Kling's: 1302), and Retry-After if `retryAfter` is given. */
	| 'tooMany'
	/** Kling only: the list leaves out tasks younger than `ms` (default 2000). */
	| 'lag'
	/** Kling only: the list is out of order. */
	| 'shuffle'
	/** An error envelope with `code` and, unless `status` is given, the HTTP status that belongs to it. */
	| 'code'
	/** Aliyun only: the API gateway refuses, by `code` or, as the classic gateway does, by `message` alone. */
	| 'gateway';

/** Spoils the requests that it matches. */
export interface FaultRule extends Countable {
	on: FaultPlace;
	kind: FaultKind;
	status?: number;
	/** A text for `gateway`, a number for every other kind. */
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

const names = [
	'on', 'kind', 'status', 'code', 'message', 'ms', 'retryAfter', 'after', 'probability', 'count', 'service',
	'resource',
];
const places = ['create', 'get', 'list', 'file', 'upload'];
/** Kinds that one service alone knows. */
const owners: Partial<Record<FaultKind, ServiceName>> = { lag: 'kling', shuffle: 'kling', gateway: 'aliyunPortrait' };
const gentle: readonly FaultKind[] = ['delay', 'lag', 'shuffle'];
const kinds: readonly string[] = [
	...gentle, 'dropBefore', 'dropAfter', 'status', 'html502', 'brokenJson', 'truncatedJson', 'tooMany', 'code',
	'gateway',
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
		for (const rule of rules) {
			const { on, kind, service } = rule;
			if (!places.includes(on)) throw new TypeError(`Unknown place: ${on}`);
			if (!kinds.includes(kind)) throw new TypeError(`Unknown fault: ${kind}`);
			if (service !== undefined && !serviceNames.includes(service)) throw new TypeError(`Unknown service: ${service}`);
			const owner = owners[kind];
			if (owner && (on === 'file' || (service ?? owner) !== owner)) throw new TypeError(`Only API calls of ${owner} know ${kind}`);
			if (kind === 'gateway') gatewayRefusal(rule);
			else if (typeof rule.code === 'string') throw new TypeError(`The code of ${kind} must be a number`);
		}
		this.rules.set(rules);
	}

	/** Draws the faults for one request and counts them as used. */
	strike(on: FaultPlace, target?: FaultTarget): Strike {
		const applies = (rule: FaultRule) =>
			rule.on === on &&
			(rule.service === undefined || rule.service === target?.service) &&
			(rule.resource === undefined || rule.resource === target?.resource) &&
			(owners[rule.kind] === undefined || owners[rule.kind] === target?.service) &&
			(rule.probability === undefined || this.random.next() < rule.probability);
		const isGentle = (rule: FaultRule) => gentle.includes(rule.kind);
		const drawn = this.rules.use(applies, (rule) => !isGentle(rule));
		return { fatal: drawn.find((rule) => !isGentle(rule)), gentle: drawn.filter(isGentle) };
	}
}

/** The refusal that a rule of kind `gateway` asks for. */
export function gatewayRefusal({ code, message }: FaultRule): GatewayRefusal {
	return new GatewayRefusal(code as string | undefined, message);
}
