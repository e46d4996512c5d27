import type { ServiceFates, ServiceName } from './extensions';
import { RuleList, type Countable } from './rule-list';

/** What becomes of a task. */
export type FateName =
	| 'succeed'
	| 'failed'
	/** Succeeds in part; of services that know such an end. */
	| 'partial'
	/** Stays `processing` and keeps its slots. */
	| 'stuck'
	/** Runs and is charged, but no read shows it. */
	| 'vanishes'
	/** Shows a status nobody has documented until it ends. */
	| 'unknownStatus';

/** Decides the fate of the tasks that it matches; the first rule that matches counts. */
export interface FateRule extends Countable, ServiceFates {
	match?: {
		service?: ServiceName;
		resource?: string;
		promptIncludes?: string;
		externalTaskIdIncludes?: string;
		/** 1 for the first task, since the rule was set, that the other conditions match. */
		nth?: number;
	};
	/** Default: succeed. */
	fate?: FateName;
	/** The reason of a failure, where the service shows one. */
	message?: string;
	/** From create to end, instead of the settings' range. */
	taskMs?: number;
	/** How many result addresses a finished task shows, where the service leaves that open. */
	pictures?: number;
	/** The result URL answers 403, as if it had expired. */
	deadResult?: boolean;
}

/** What a fate rule is matched against. */
export interface FateSubject {
	service: ServiceName;
	resource: string;
	prompt: string;
	externalTaskId: string;
}

/** What the fates have to know of a service. */
export interface FateTraits {
	readonly name: ServiceName;
	/** true: its tasks can end with some of their pictures. */
	readonly partialTasks?: boolean;
	/** The fields of fate rules that it adds. */
	readonly fateFields?: readonly string[];
}

const shared = ['match', 'fate', 'message', 'taskMs', 'count', 'pictures', 'deadResult'];
const fateNames = ['succeed', 'failed', 'partial', 'stuck', 'vanishes', 'unknownStatus'];
const matchNames = ['service', 'resource', 'promptIncludes', 'externalTaskIdIncludes', 'nth'];

/** The fate rules in force. */
export class Fates {
	private readonly rules: RuleList<FateRule>;

	constructor(private readonly services: readonly FateTraits[]) {
		this.rules = new RuleList([...shared, ...services.flatMap(({ fateFields = [] }) => fateFields)]);
	}

	/** Replaces all rules; they concern tasks created from now on. */
	set(rules: readonly FateRule[]): void {
		for (const { fate = 'succeed', match = {} } of rules) {
			if (!fateNames.includes(fate)) throw new TypeError(`Unknown fate: ${fate}`);
			for (const name of Object.keys(match)) {
				if (!matchNames.includes(name)) throw new TypeError(`Unknown condition: ${name}`);
			}
			const { service } = match;
			if (service === undefined) continue;
			if (!this.services.some(({ name }) => name === service)) throw new TypeError(`Unknown service: ${service}`);
			this.allow(service, fate);
		}
		this.rules.set(rules);
	}

	/** The rule for a new task; one without wishes if none matches. */
	of(subject: FateSubject): FateRule {
		const applies = ({ fate, match = {} }: FateRule, see: () => number) =>
			this.allows(subject.service, fate) &&
			(match.service === undefined || match.service === subject.service) &&
			(match.resource === undefined || match.resource === subject.resource) &&
			subject.prompt.includes(match.promptIncludes ?? '') &&
			subject.externalTaskId.includes(match.externalTaskIdIncludes ?? '') &&
			(match.nth === undefined || see() === match.nth);
		return this.rules.use(applies, () => true)[0] ?? {};
	}

	/** Throws if no task of a service can end so. */
	allow(service: ServiceName, fate: FateName): void {
		if (!this.allows(service, fate)) throw new TypeError(`Tasks of ${service} are never partial`);
	}

	private allows(service: ServiceName, fate: FateName | undefined): boolean {
		return fate !== 'partial' || this.services.some(({ name, partialTasks }) => name === service && partialTasks);
	}
}
