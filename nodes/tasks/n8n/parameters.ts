import type { INode } from 'n8n-workflow';

import { isLong } from '../util/text';

/** How n8n resolves a parameter for an item. */
export type ResolveParameter = (name: string, itemIndex: number, fallback: unknown, isLocator: boolean) => unknown;

/**
 * The parameters of a run, each resolved once: for all items where it holds no expression, else once for each item. n8n
 * takes about a millisecond for each expression.
 */
export class Parameters {
	private readonly fixed = new Map<string, unknown>();

	constructor(
		private readonly node: INode,
		private readonly resolve: ResolveParameter,
	) {}

	/** A reader for one item. It throws n8n's error when an expression cannot be resolved. */
	forItem(itemIndex: number): (name: string, fallback?: unknown, isLocator?: boolean) => unknown {
		const own = new Map<string, unknown>();
		return (name, fallback, isLocator = false) => {
			const [top = name] = name.split('.');
			const kept = hasExpression(this.node.parameters[top]) ? own : this.fixed;
			// The same parameter reads differently as a locator, and with another fallback.
			const key = JSON.stringify([name, isLocator, fallback]);
			if (kept.has(key)) return kept.get(key);
			const value = this.resolve(name, itemIndex, fallback, isLocator);
			if (!isLong(value)) kept.set(key, value);
			return value;
		};
	}
}

/** Whether a stored value holds an expression anywhere. */
function hasExpression(value: unknown): boolean {
	if (typeof value === 'string') return value.startsWith('=');
	if (typeof value !== 'object' || value === null) return false;
	return Object.values(value).some(hasExpression);
}
