import {
	NodeHelpers,
	type IDataObject,
	type INode,
	type INodeProperties,
	type INodeTypeDescription,
} from 'n8n-workflow';

import type { ServiceRequest } from '../model/service';
import { setAt } from '../util/bodyPath';
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
 * The properties that a node shows with its present parameters, as n8n chooses them. The same for all items of a run: what
 * depends on a parameter with an expression is shown in any case.
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
	// n8n tells by the name of a description whether the node is a tool, and looks at nothing else of it.
	const description = { name: node.type } as INodeTypeDescription;
	return NodeHelpers.displayParameter(parameters, property, node, description, parameters);
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
		const { type: place, property: path } = routing?.send ?? {};
		if (path !== undefined && value !== undefined) setAt(place === 'body' ? built.body : built.qs, path, value);
	}
	return built;
}
