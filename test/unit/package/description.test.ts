/** The built package against the contract: what saved workflows depend on. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { INodeProperties, INodePropertyOptions, INodeType } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { DEFAULTS } from '../../../nodes/tasks/settings';
import { loadPackage } from '../../harness/package';
import { NOT_YET, PARAMETERS, PATHS, VALUES } from './contract';

const folder = fileURLToPath(new URL('../../..', import.meta.url));
const { nodes, credentials } = await loadPackage(folder);
const node = nodes.get('n8n-nodes-kling-aliyun.kling') as INodeType;
const { description } = node;

const optionsOf = ({ options = [] }: INodeProperties) => options as INodePropertyOptions[];
const named = (name: string) => description.properties.filter((property) => property.name === name);

/** The properties that the editor shows for one operation of one resource. */
function shown(resource: string, operation: string): INodeProperties[] {
	return description.properties.filter(({ name, displayOptions }) => {
		const { resource: resources, operation: operations } = displayOptions?.show ?? {};
		return name !== 'requestOptions' && resources?.includes(resource) && operations?.includes(operation);
	});
}

const defaultsOf = (properties: INodeProperties[]) => Object.fromEntries(properties.map(({ name, default: value }) => [name, value]));

const cases = Object.entries(PARAMETERS).flatMap(([resource, operations]) =>
	Object.entries(operations).map(([operation, expected]) => ({ resource, operation, ...expected })),
);

describe('names and defaults are those of the contract', () => {
	it.each(cases)('$resource $operation', ({ resource, operation, top, options }) => {
		const properties = shown(resource, operation);
		const collection = properties.find(({ name }) => name === 'options');
		expect(defaultsOf(properties.filter((property) => property !== collection))).toEqual(top);
		expect(defaultsOf((collection?.options ?? []) as INodeProperties[])).toEqual(options);
		expect(collection?.default ?? {}).toEqual({});
	});

	it.each(cases)('$resource $operation shows no parameter twice', ({ resource, operation }) => {
		const names = shown(resource, operation).map(({ name }) => name);
		expect(names).toEqual([...new Set(names)]);
	});

	it('those the engine falls back to are those the editor shows', () => {
		const options = PARAMETERS.imageExpansion?.create?.options;
		expect(DEFAULTS).toEqual(Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, options?.[name]])));
	});

	it('downloading and simplifying are asked for only where they apply', () => {
		for (const resource of VALUES.resource ?? []) {
			const download = shown(resource, 'create').find(({ name }) => name === 'downloadImages');
			expect(download?.displayOptions?.show?.waitForCompletion).toEqual([true]);
		}
	});
});

describe('stored values', () => {
	it.each(Object.entries(VALUES))('of %s', (name, values) => {
		const inOptions = named('options').flatMap((collection) => collection.options as INodeProperties[]).filter((property) => property.name === name);
		const all = [...named(name), ...inOptions];
		expect(all.length).toBeGreaterThan(0);
		for (const property of all) {
			expect(optionsOf(property).map(({ value }) => value).sort()).toEqual([...values].sort());
			if (property.type === 'options') expect(values).toContain(property.default);
		}
	});

	it('of resource and operation begin with their defaults', () => {
		expect(named('resource')[0]?.default).toBe('multiImageToImage');
		expect(named('operation').map((property) => property.default)).toEqual(['create', 'create', 'create']);
	});
});

describe('nodes stay declarative', () => {
	it.each([...nodes])('%s has no execute', (_, type) => {
		const { execute, poll, trigger } = type as INodeType;
		expect([execute, poll, trigger]).toEqual([undefined, undefined, undefined]);
	});

	const operations = named('operation').flatMap((property) =>
		optionsOf(property)
			.filter(({ value }) => value !== 'createAndWaitForCallback')
			.map((option) => ({ resource: String(property.displayOptions?.show?.resource?.[0]), operation: String(option.value), option })),
	);

	it('three resources with four operations each', () => {
		expect(operations.map(({ resource, operation }) => `${resource} ${operation}`).sort()).toEqual(cases.map(({ resource, operation }) => `${resource} ${operation}`).sort());
	});

	it.each(operations)('$resource $operation declares method and URL', ({ resource, operation, option }) => {
		const { method, url } = option.routing?.request ?? {};
		expect(method).toBe(operation === 'create' ? 'POST' : 'GET');
		const path = PATHS[resource] ?? 'none';
		const one = `=${path}/{{ encodeURIComponent($parameter.taskId) }}`;
		expect(url).toBe(operation === 'create' || operation === 'getAll' ? path : one);
		expect(option.action).toMatch(/^[A-Z]/);
	});

	it("n8n's own Options stay available", () => {
		const own = named('requestOptions');
		expect(own).toHaveLength(1);
		expect((own[0]?.options as INodeProperties[]).map(({ name }) => name).sort()).toEqual(['allowUnauthorizedCerts', 'batching', 'proxy', 'timeout']);
	});
});

describe('an option is shown only once it works', () => {
	it.each(NOT_YET)('%s', (name) => {
		const text = JSON.stringify([description.properties, [...credentials.values()].map(({ properties }) => properties)]);
		expect(text).not.toContain(`"name":"${name}"`);
		expect(text).not.toContain(`"value":"${name}"`);
	});
});

describe('the credential klingApi', () => {
	const { properties = [] } = credentials.get('klingApi') ?? {};

	it('has the fields and defaults of the contract', () => {
		const own = properties.filter(({ name }) => !['allowedHttpRequestDomains', 'allowedDomains'].includes(name));
		expect(defaultsOf(own)).toEqual({ authentication: 'apiKey', apiKey: '', accessKey: '', secretKey: '', region: 'singapore', baseUrl: '' });
	});

	it('has the stored values of the contract', () => {
		const values = (name: string) => properties.filter((property) => property.name === name).flatMap((property) => optionsOf(property).map(({ value }) => value));
		expect(values('authentication')).toEqual(['apiKey', 'accessKey']);
		expect(values('region')).toEqual(['singapore', 'beijing', 'custom']);
	});
});

describe('icons', () => {
	it.each([
		['the node', description],
		['the credential', credentials.get('klingApi')],
	])('of %s exist in light and dark, and differ', (_, type) => {
		// n8n's loader has turned `icon` into addresses below the package's name.
		const { light = '', dark = '' } = (type as { iconUrl?: { light?: string; dark?: string } }).iconUrl ?? {};
		const drawings = [light, dark].map((url) => readFileSync(folder + url.replace(/^icons\/n8n-nodes-kling-aliyun\//, ''), 'utf8'));
		expect(drawings.every((drawing) => drawing.includes('<svg'))).toBe(true);
		expect(drawings[0]).not.toBe(drawings[1]);
	});
});
