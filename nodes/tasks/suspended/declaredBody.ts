import type { IDataObject, IExecutePaginationFunctions, INodeProperties } from 'n8n-workflow';

import { asRecord } from '../json';

/**
 * The request body that fields declare by `routing.send`, for operations that n8n's routing does not run: the value of
 * each field, and of each option that the user has added, under the name of the API. Throws n8n's error for a parameter
 * that does not resolve.
 */
export function declaredBody(
	context: IExecutePaginationFunctions,
	fields: INodeProperties[],
	options: INodeProperties[],
): IDataObject {
	const body: IDataObject = {};
	for (const { name, type, default: fallback, routing } of fields) {
		const value = context.getNodeParameter(name, fallback as IDataObject, { extractValue: type === 'resourceLocator' });
		put(body, routing?.send?.property, value);
	}
	const added = asRecord(context.getNodeParameter('options', {}));
	for (const { name, routing } of options) put(body, routing?.send?.property, added[name]);
	return body;
}

/** Sets a field of the body; dots lead into objects. */
function put(body: IDataObject, path: string | undefined, value: unknown): void {
	if (path === undefined || value === undefined) return;
	const [first = '', ...rest] = path.split('.');
	if (rest.length === 0) body[first] = value as IDataObject[string];
	else put((body[first] ??= {}) as IDataObject, rest.join('.'), value);
}
