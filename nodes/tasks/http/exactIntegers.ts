import type { IDataObject } from 'n8n-workflow';

import type { Service, ServiceRequest } from '../model/service';

/** A number as JSON writes it, in the range of 64 bits. */
const INTEGER = /^(?:0|[1-9]\d{0,18})$/;

/**
 * A request as it is; or, when it holds a field whose numbers may be longer than JavaScript's (`exactIntegers`), with the
 * body as bytes, in which their texts of digits stand as numbers, digit for digit.
 */
export function withExactIntegers({ exactIntegers = [] }: Service, request: ServiceRequest): ServiceRequest {
	const { body, headers } = request;
	if (!body || Buffer.isBuffer(body) || !exactIntegers.some((field) => body[field] !== undefined)) return request;
	return {
		...request,
		body: Buffer.from(jsonWith(body, exactIntegers)),
		headers: { ...headers, 'content-type': 'application/json' },
	};
}

/** The body field by field, so that an image in it is written once, as it would be anyhow. */
function jsonWith(body: IDataObject, exact: string[]): string {
	const fields = Object.entries(body)
		.map(([name, value]) => [name, exact.includes(name) ? exactJson(value) : JSON.stringify(value)] as const)
		.filter(([, json]) => json !== undefined);
	return `{${fields.map(([name, json]) => `${JSON.stringify(name)}:${json}`).join(',')}}`;
}

/** JSON in which a text of digits is a number; undefined for what JSON leaves out. The value must not be too deep. */
function exactJson(value: unknown): string | undefined {
	if (typeof value === 'string' && INTEGER.test(value)) return value;
	if (Array.isArray(value)) return `[${value.map((part) => exactJson(part) ?? 'null').join(',')}]`;
	if (typeof value !== 'object' || value === null) return JSON.stringify(value);
	return jsonWith(value as IDataObject, Object.keys(value));
}
