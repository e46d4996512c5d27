/** What rules of every kind have in common: how often they may still apply. */
export interface Countable {
	/** How many times the rule applies; without it, for ever. */
	count?: number;
}

/** Rules in order of precedence, each with the number of its uses. */
export class RuleList<Rule extends Countable> {
	private entries: Array<{ rule: Rule; used: number; seen: number }> = [];

	constructor(private readonly names: readonly string[]) {}

	/** Replaces all rules. A misspelt name is refused: a rule that silently never applies proves nothing. */
	set(rules: readonly Rule[]): void {
		if (!Array.isArray(rules)) throw new TypeError('Rules must be an array');
		for (const rule of rules) {
			for (const name of Object.keys(rule)) {
				if (!this.names.includes(name)) throw new TypeError(`Unknown rule field: ${name}`);
			}
		}
		this.entries = rules.map((rule) => ({ rule, used: 0, seen: 0 }));
	}

	/**
	 * Uses every rule that is not worn out and that `applies`, up to the first one that is `last`.
	 * `applies` also gets the number of times this rule was asked about, from 1.
	 */
	use(applies: (rule: Rule, see: () => number) => boolean, last: (rule: Rule) => boolean): Rule[] {
		const used: Rule[] = [];
		for (const entry of this.entries) {
			if (entry.used >= (entry.rule.count ?? Infinity)) continue;
			if (!applies(entry.rule, () => ++entry.seen)) continue;
			entry.used++;
			used.push(entry.rule);
			if (last(entry.rule)) break;
		}
		return used;
	}
}
