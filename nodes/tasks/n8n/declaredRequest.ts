import { NodeHelpers, type IDataObject, type INode, type INodeProperties } from 'n8n-workflow';

import type { ServiceRequest } from '../model/service';
import { asRecord } from '../util/parse';
import type { ReadParameter } from './parameters';

/** What an operation declares: its request, and the properties whose `routing.send` fill it. */
export interface Declaration {
	request: Pick<ServiceRequest, 'method' | 'url'>;
	properties: INodeProperties[];
}

/** A property that goes into the request, and whether it stands in the Options. */
interface SentProperty {
	property: INodeProperties;
	isOption: boolean;
}

/**
 * The properties that a node shows with its present parameters, as n8n chooses them. The same for all items of a run, since
 * parameters that decide on others take no expressions.
 */
export function shownProperties({ properties }: Declaration, node: INode): INodeProperties[] {
	return properties.filter((property) => isShown(property, node));
}

/** Those that go into the request, as n8n's routing chooses them. */
export function sentProperties(declaration: Declaration, node: INode): SentProperty[] {
	return shownProperties(declaration, node).flatMap((property) => {
		const own = property.routing?.send ? [{ property, isOption: false }] : [];
		const options = property.name === 'options' ? (property.options as INodeProperties[]) : [];
		const added = options.filter((option) => option.routing?.send && isShown(option, node));
		return [...own, ...added.map((option) => ({ property: option, isOption: true }))];
	});
}

function isShown(property: INodeProperties, node: INode): boolean {
	const { parameters } = node;
	return NodeHelpers.displayParameter(parameters, property, node, null, parameters);
}

/**
 * The request that the properties declare, as n8n's routing would build it: the value of each field, and of each option
 * that the user has added, under its name of the API. Throws n8n's error for a parameter that does not resolve.
 */
export function requestFrom(
	{ request }: Declaration,
	sent: SentProperty[],
	read: ReadParameter,
): ServiceRequest & { body: IDataObject } {
	const built = { ...request, body: {} as IDataObject, qs: {} as IDataObject };
	const options = sent.some(({ isOption }) => isOption) ? asRecord(read('options', {}, false)) : {};
	for (const { property, isOption } of sent) {
		const { name, type, default: fallback, routing } = property;
		// n8n stores a default that is an expression with the node, so that only one without may stand in.
		const usual = typeof fallback === 'string' && fallback.startsWith('=') ? undefined : fallback;
		const value = isOption ? options[name] : read(name, usual, type === 'resourceLocator');
		put(routing?.send?.type === 'body' ? built.body : built.qs, routing?.send?.property, value);
	}
	return built;
}

/** Sets a field; dots lead into objects. */
function put(target: IDataObject, path: string | undefined, value: unknown): void {
	if (path === undefined || value === undefined) return;
	const [first = '', ...rest] = path.split('.');
	if (rest.length === 0) target[first] = value as IDataObject[string];
	else {
		const inner = asRecord(target[first]) as IDataObject;
		target[first] = inner;
		put(inner, rest.join('.'), value);
	}
}
