import { RuleList, type Countable } from './rule-list';

/** What becomes of a task. */
export type FateName =
	| 'succeed'
	| 'failed'
	/** Stays `processing` and keeps its slots. */
	| 'stuck'
	/** Runs and is charged, but no read shows it. */
	| 'vanishes'
	/** Shows a status nobody has documented until it ends. */
	| 'unknownStatus';

/** Decides the fate of the tasks that it matches; the first rule that matches counts. */
export interface FateRule extends Countable {
	match?: {
		resource?: string;
		promptIncludes?: string;
		externalTaskIdIncludes?: string;
		/** 1 for the first task, since the rule was set, that the other conditions match. */
		nth?: number;
	};
	/** Default: succeed. */
	fate?: FateName;
	/** The `task_status_msg` of a failure. */
	message?: string;
	/** From create to end, instead of the settings' range. */
	taskMs?: number;
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
	resource: string;
	prompt: string;
	externalTaskId: string;
}

const names = [
	'match', 'fate', 'message', 'taskMs', 'count', 'deadResult', 'shape', 'index', 'sendNumbersAsIds',
];
const fateNames = ['succeed', 'failed', 'stuck', 'vanishes', 'unknownStatus'];
const matchNames = ['resource', 'promptIncludes', 'externalTaskIdIncludes', 'nth'];

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
		}
		this.rules.set(rules);
	}

	/** The rule for a new task; one without wishes if none matches. */
	of(subject: FateSubject): FateRule {
		const applies = ({ match = {} }: FateRule, see: () => number) =>
			(match.resource === undefined || match.resource === subject.resource) &&
			subject.prompt.includes(match.promptIncludes ?? '') &&
			subject.externalTaskId.includes(match.externalTaskIdIncludes ?? '') &&
			(match.nth === undefined || see() === match.nth);
		return this.rules.use(applies, () => true)[0] ?? {};
	}
}
