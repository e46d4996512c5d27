import { RuleList, type Countable } from './rule-list';
import { serviceNames, type ServiceName } from './service';

/** What becomes of a task. */
export type FateName =
	| 'succeed'
	| 'failed'
	/** Aliyun only: ends with state 4. */
	| 'partial'
	/** Stays `processing` and keeps its slots. */
	| 'stuck'
	/** Runs and is charged, but no read shows it. */
	| 'vanishes'
	/** Shows a status nobody has documented until it ends: `reviewing`, state 9. */
	| 'unknownStatus';

/** Decides the fate of the tasks that it matches; the first rule that matches counts. */
export interface FateRule extends Countable {
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
	/** The reason of a failure; Aliyun's answers show none. */
	message?: string;
	/** From create to end, instead of the settings' range. */
	taskMs?: number;
	/** Aliyun and PS: how many result addresses a finished task shows. */
	pictures?: number;
	/** The result URL answers 403, as if it had expired. */
	deadResult?: boolean;
	/** How a single read of ai-multi-shot shows its pictures: the spec's way or today's (provider-apis.md 4.3). */
	shape?: 'url' | 'url_n';
	/** false: pictures have no index, as through some relays. */
	index?: boolean;
	/** The task ID is an unquoted JSON number, which most clients will round. */
	sendNumbersAsIds?: boolean;
}

/** What a fate rule is matched against. */
export interface FateSubject {
	service: ServiceName;
	resource: string;
	prompt: string;
	externalTaskId: string;
}

const names = [
	'match', 'fate', 'message', 'taskMs', 'count', 'pictures', 'deadResult', 'shape', 'index', 'sendNumbersAsIds',
];
const fateNames = ['succeed', 'failed', 'partial', 'stuck', 'vanishes', 'unknownStatus'];
const matchNames = ['service', 'resource', 'promptIncludes', 'externalTaskIdIncludes', 'nth'];

/** The fate rules in force. */
export class Fates {
	private readonly rules = new RuleList<FateRule>(names);

	/** Replaces all rules; they concern tasks created from now on. */
	set(rules: readonly FateRule[]): void {
		for (const { fate = 'succeed', match = {} } of rules) {
			if (!fateNames.includes(fate)) throw new TypeError(`Unknown fate: ${fate}`);
			for (const name of Object.keys(match)) {
				if (!matchNames.includes(name)) throw new TypeError(`Unknown condition: ${name}`);
			}
			const { service = 'aliyunPortrait' } = match;
			if (!serviceNames.includes(service)) throw new TypeError(`Unknown service: ${service}`);
			if (fate === 'partial' && service !== 'aliyunPortrait') throw new TypeError(`Tasks of ${service} are never partial`);
		}
		this.rules.set(rules);
	}

	/** The rule for a new task; one without wishes if none matches. */
	of(subject: FateSubject): FateRule {
		const applies = ({ fate, match = {} }: FateRule, see: () => number) =>
			(fate !== 'partial' || subject.service === 'aliyunPortrait') &&
			(match.service === undefined || match.service === subject.service) &&
			(match.resource === undefined || match.resource === subject.resource) &&
			subject.prompt.includes(match.promptIncludes ?? '') &&
			subject.externalTaskId.includes(match.externalTaskIdIncludes ?? '') &&
			(match.nth === undefined || see() === match.nth);
		return this.rules.use(applies, () => true)[0] ?? {};
	}
}
