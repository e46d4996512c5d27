import { NodeHelpers, type IDataObject, type INode, type INodeProperties } from 'n8n-workflow';

import type { ServiceRequest } from '../model/service';
import { asRecord } from '../util/parse';

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
 * The properties that a node shows with its present parameters and that go into the request, as n8n's routing chooses
 * them. The same for all items of a run, since parameters that decide on others take no expressions.
 */
export function sentProperties({ properties }: Declaration, node: INode): SentProperty[] {
	const { parameters } = node;
	const isShown = (property: INodeProperties) =>
		NodeHelpers.displayParameter(parameters, property, node, null, parameters);
	return properties.filter(isShown).flatMap((property) => {
		const own = property.routing?.send ? [{ property, isOption: false }] : [];
		const options = property.name === 'options' ? (property.options as INodeProperties[]) : [];
		const added = options.filter((option) => option.routing?.send && isShown(option));
		return [...own, ...added.map((option) => ({ property: option, isOption: true }))];
	});
}

/** How the request reads a parameter. */
type ReadParameter = (name: string, fallback: unknown, isLocator: boolean) => unknown;

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
		const value = isOption ? options[name] : read(name, fallback, type === 'resourceLocator');
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
