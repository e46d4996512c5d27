import type { INode, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import { fieldsOf } from '../item/context';
import type { Progress } from '../item/progress';
import { inputError } from '../model/errors';
import { asRecord } from '../util/parse';
import { isLong } from '../util/text';
import { isEmpty } from '../util/values';

/** How n8n resolves a parameter for an item. */
export type ResolveParameter = (name: string, itemIndex: number, fallback: unknown, isLocator: boolean) => unknown;

/** Reads a parameter of one item; with `isLocator` the value that a resource locator names. */
export type ReadParameter = (name: string, fallback?: unknown, isLocator?: boolean) => unknown;

/** The item that is read for. */
export interface ReadFor {
	itemIndex: number;
	input?: INodeExecutionData;
	/** Learns what the user should know of the values. */
	progress?: Progress;
}

/**
 * The parameters of a run, each resolved once: for all items where it holds no expression, else once for each item. n8n
 * takes about a millisecond for each expression.
 *
 * n8n makes no error of an expression that gives `undefined`, such as one about a field that has been renamed: the
 * parameter would be missing in a paid request. Here it is refused. Only what an agent leaves out counts as not set.
 */
export class Parameters {
	private readonly fixed = new Map<string, unknown>();

	constructor(
		private readonly node: INode,
		private readonly resolve: ResolveParameter,
		/** What the node shows with its present parameters. */
		private readonly properties: INodeProperties[] = [],
	) {}

	/** A reader for one item. It throws n8n's error when an expression cannot be resolved, ours when it gives nothing. */
	forItem(of: ReadFor): ReadParameter {
		const own = new Map<string, unknown>();
		return (name, fallback, isLocator = false) => {
			const [top = name] = name.split('.');
			const stored = this.node.parameters[top];
			const isFixed = !hasExpression(stored);
			const kept = isFixed ? this.fixed : own;
			// The same parameter reads differently as a locator, and with another fallback.
			const key = JSON.stringify([name, isLocator, fallback]);
			if (kept.has(key)) return kept.get(key);
			const resolved = this.resolve(name, of.itemIndex, fallback, isLocator);
			const value = isFixed || top !== name ? resolved : this.judge(of, name, stored, resolved, fallback);
			if (!isLong(value)) kept.set(key, value);
			return value;
		};
	}

	/** The value of a parameter with an expression; of a collection, without the options that count as not set. */
	private judge(of: ReadFor, name: string, stored: unknown, resolved: unknown, fallback: unknown): unknown {
		const property = this.properties.find((shown) => shown.name === name);
		const { __rl: isLocator, value: locating } = asRecord(stored);
		if (isLocator || typeof stored === 'string') {
			const text = isLocator ? locating : stored;
			const value = isLocator && typeof resolved === 'object' ? asRecord(resolved).value : resolved;
			return this.isSet(of, property ?? name, text, value) ? resolved : (fallback ?? null);
		}
		if (property?.type !== 'collection') return resolved;
		const options = property.options as INodeProperties[];
		const entries = Object.entries(asRecord(resolved)).filter(([option, value]) => {
			const declared = options.find((one) => one.name === option);
			return this.isSet(of, declared ?? option, asRecord(stored)[option], value);
		});
		return Object.fromEntries(entries);
	}

	/** False for what an agent has left out. Throws an inputError for any other expression that gave nothing. */
	private isSet(of: ReadFor, property: INodeProperties | string, stored: unknown, value: unknown): boolean {
		if (!isExpression(stored)) return true;
		const isOptionalText = typeof property === 'object' && !property.required && TEXTS.has(property.type);
		const label = typeof property === 'string' ? property : property.displayName;
		if (isOptionalText && isEmpty(value))
			of.progress?.warn(`${label} was left out: its expression gave an empty value.`);
		if (value !== undefined) return true;
		if (FROM_AGENT.test(stored)) return false;
		const orEmpty = isOptionalText ? ' Where it may be empty, end the expression with ?? "" inside the braces.' : '';
		const hint = `Check the expression. ${fieldsOf(of.input ?? {})}${orEmpty} Nothing was sent.`;
		throw inputError(this.node, of.itemIndex, `${label}: the expression returned nothing`, hint);
	}
}

/** Kinds of parameters in which an empty value means that there is none. */
const TEXTS = new Set<INodeProperties['type']>(['string', 'json', 'dateTime']);

/** What n8n fills in with what an agent hands to its tool. */
const FROM_AGENT = /\$fromAI\b/i;

function isExpression(stored: unknown): stored is string {
	return typeof stored === 'string' && stored.startsWith('=');
}

/** Whether a stored value holds an expression anywhere. */
function hasExpression(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return isExpression(value);
	return Object.values(value).some(hasExpression);
}
