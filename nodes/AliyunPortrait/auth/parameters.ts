import type { IHttpRequestOptions } from 'n8n-workflow';

/** Name and value, both unencoded. */
export type Parameter = [name: string, value: string];

type ArrayFormat = NonNullable<IHttpRequestOptions['arrayFormat']>;

/** Parameters of a query or a form, as n8n would write them (the package qs; arrays by default with indices). */
export function parametersOf(value: unknown, arrayFormat: ArrayFormat = 'indices'): Parameter[] {
	if (value instanceof URLSearchParams) return [...value];
	return Object.entries(value ?? {}).flatMap(([name, part]) => flatten(name, part, arrayFormat));
}

/** Parameters in `name=value&…`, with `%20` for a space, which every server reads alike. */
export function encodeParameters(parameters: Parameter[]): string {
	return parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&');
}

/** The parameters in an encoded query or form. */
export function decodeParameters(text: string): Parameter[] {
	return [...new URLSearchParams(text)];
}

function flatten(name: string, value: unknown, arrayFormat: ArrayFormat): Parameter[] {
	if (value === undefined) return [];
	if (value === null) return [[name, '']];
	if (value instanceof Date) return [[name, value.toISOString()]];
	if (Array.isArray(value)) {
		if (arrayFormat === 'comma') return value.length > 0 ? [[name, value.join(',')]] : [];
		const suffix = (index: number) => ({ indices: `[${index}]`, brackets: '[]', repeat: '' })[arrayFormat];
		return value.flatMap((part, index) => flatten(name + suffix(index), part, arrayFormat));
	}
	if (typeof value === 'object') {
		return Object.entries(value).flatMap(([key, part]) => flatten(`${name}[${key}]`, part, arrayFormat));
	}
	return [[name, String(value)]];
}
