/** The built package against the contract: what saved workflows depend on. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
	NodeHelpers,
	type INodeParameters,
	type INodeProperties,
	type INodePropertyOptions,
	type INodeType,
} from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { DEFAULTS } from '../../../nodes/tasks/item/settings';
import { loadPackage } from '../../harness/package';
import { CREDENTIALS, NODES } from './contract';

const folder = fileURLToPath(new URL('../../..', import.meta.url));
const { nodes, credentials } = await loadPackage(folder);

const optionsOf = ({ options = [] }: INodeProperties) => options as INodePropertyOptions[];
const valuesOf = (property: INodeProperties) => optionsOf(property).map(({ value }) => value);
const defaultsOf = (properties: INodeProperties[]) =>
	Object.fromEntries(properties.map(({ name, default: value }) => [name, value]));
/** A notice is a text in the editor; nothing of it is stored. */
const stored = (properties: INodeProperties[]) => properties.filter(({ type }) => type !== 'notice');

const isOfTools = ({ displayOptions }: INodeProperties) => displayOptions?.show?.['@tool'] !== undefined;

/** Their parameters: triggers.test.ts. */
const TRIGGERS = ['aliyunPortraitTrigger', 'klingCallbackTrigger', 'klingTrigger'];

it('the package has the nodes and credentials of the contract, and no others', () => {
	const names = [...Object.keys(NODES), ...TRIGGERS];
	expect([...nodes.keys()].sort()).toEqual(names.map((name) => `n8n-nodes-kling-aliyun.${name}`).sort());
	expect([...credentials.keys()].sort()).toEqual(Object.keys(CREDENTIALS).sort());
});

describe.each(Object.entries(NODES))('the node %s', (nodeName, contract) => {
	const node = nodes.get(`n8n-nodes-kling-aliyun.${nodeName}`) as INodeType;
	const { description } = node;
	const named = (name: string) => description.properties.filter((property) => property.name === name);

	/** The properties that the editor shows in a workflow for one operation of one resource; in tools: tools.test.ts. */
	function shown(resource: string, operation: string): INodeProperties[] {
		return stored(description.properties).filter((property) => {
			if (isOfTools(property)) return false;
			const { name, displayOptions } = property;
			const { resource: resources, operation: operations } = displayOptions?.show ?? {};
			return name !== 'requestOptions' && resources?.includes(resource) && operations?.includes(operation);
		});
	}

	const cases = Object.entries(contract.operations).flatMap(([resource, operations]) =>
		Object.entries(operations).map(([operation, expected]) => ({ resource, operation, ...expected })),
	);

	it('asks for its credential, and can be a tool of an agent', () => {
		expect(description.credentials).toEqual([{ name: contract.credential, required: true }]);
		expect(description.usableAsTool).toBe(true);
	});

	describe('names and defaults are those of the contract', () => {
		it.each(cases)('$resource $operation', ({ resource, operation, top, options }) => {
			const properties = shown(resource, operation);
			const collection = properties.find(({ name }) => name === 'options');
			expect(defaultsOf(properties.filter((property) => property !== collection))).toEqual(top);
			const added = ((collection?.options ?? []) as INodeProperties[]).filter((option) => !isOfTools(option));
			expect(defaultsOf(added)).toEqual(options);
			expect(collection?.default ?? {}).toEqual({});
		});

		it.each(cases)('$resource $operation shows no parameter twice', ({ resource, operation }) => {
			const names = shown(resource, operation).map(({ name }) => name);
			expect(names).toEqual([...new Set(names)]);
		});

		it('a create shows at most ten rows between Operation and Options', () => {
			for (const { resource, operation } of cases.filter((one) => one.operation === 'create')) {
				const values = { resource, operation, ...defaultsOf(shown(resource, operation)) };
				const rows = shown(resource, operation).filter(
					(property) =>
						property.name !== 'options' &&
						NodeHelpers.displayParameter(values as INodeParameters, property, { typeVersion: 1 }, description),
				);
				expect(rows.length).toBeLessThanOrEqual(10);
			}
		});

		it('downloading is asked for only where something is waited for', () => {
			for (const { resource, operation, top } of cases.filter(({ top: own }) => 'downloadImages' in own)) {
				const download = shown(resource, operation).find(({ name }) => name === 'downloadImages');
				expect(download?.displayOptions?.show?.waitForCompletion).toEqual(
					'waitForCompletion' in top ? [true] : undefined,
				);
			}
		});
	});

	describe('stored values', () => {
		it.each(Object.entries(contract.values))('of %s', (name, values) => {
			const resourceOf = ({ displayOptions }: INodeProperties) => String(displayOptions?.show?.resource?.[0]);
			const inOptions = named('options').flatMap((collection) =>
				(collection.options as INodeProperties[])
					.filter((property) => property.name === name)
					.map((property) => ({ property, resource: resourceOf(collection) })),
			);
			const all = [...named(name).map((property) => ({ property, resource: resourceOf(property) })), ...inOptions];
			expect(all.length).toBeGreaterThan(0);
			for (const { property, resource } of all) {
				const expected = Array.isArray(values) ? values : values[resource];
				expect(valuesOf(property).sort()).toEqual([...(expected ?? [])].sort());
				if (property.type === 'options') expect(expected).toContain(property.default);
			}
		});

		it('of every choice are in the contract', () => {
			const inOptions = named('options').flatMap((collection) => collection.options as INodeProperties[]);
			const choices = [...description.properties, ...inOptions].filter(
				({ type }) => type === 'options' || type === 'multiOptions',
			);
			expect(new Set(choices.map(({ name }) => name))).toEqual(
				new Set(['resource', 'operation', ...Object.keys(contract.values)]),
			);
		});

		it('of resource and operation, which begin with their defaults', () => {
			expect(named('resource').map(({ default: value }) => value)).toEqual([contract.opensWith]);
			expect(named('resource').flatMap(valuesOf).sort()).toEqual(Object.keys(contract.operations).sort());
			for (const property of named('operation')) {
				const own = Object.keys(contract.operations[String(property.displayOptions?.show?.resource?.[0])] ?? {});
				expect(valuesOf(property).sort()).toEqual([...own].sort());
				expect([property.default, valuesOf(property)[0]]).toEqual([own[0], own[0]]);
			}
			expect(named('operation')).toHaveLength(Object.keys(contract.operations).length);
		});
	});

	describe('stays declarative', () => {
		it('without execute', () => {
			const { execute, poll, trigger } = node;
			expect([execute, poll, trigger]).toEqual([undefined, undefined, undefined]);
		});

		it.each(cases)('$resource $operation declares method and URL', ({ resource, operation, request }) => {
			const property = named('operation').find(({ displayOptions }) =>
				displayOptions?.show?.resource?.includes(resource),
			);
			const option = property && optionsOf(property).find(({ value }) => value === operation);
			const { method, url } = option?.routing?.request ?? {};
			expect(method && `${method} ${url}`).toBe(request);
			expect(option?.action).toMatch(/^[A-Z]/);
			// An agent's call must end with an answer, and may go by what is declared.
			expect(option?.displayOptions).toEqual(request ? undefined : { hide: { '@tool': [true] } });
		});

		it("what is declared for an operation outside of n8n's routing depends on its own parameters alone", () => {
			for (const { resource, operation } of cases.filter(({ request }) => request === undefined)) {
				const own = shown(resource, operation);
				for (const { routing, displayOptions } of own.filter((property) => property.routing)) {
					expect([Object.keys(routing?.send ?? {}).sort(), routing?.send?.type]).toEqual([
						['property', 'type'],
						'body',
					]);
					const { resource: resources, operation: operations, ...others } = displayOptions?.show ?? {};
					expect([Object.keys(displayOptions ?? {}), resources, operations]).toEqual([
						['show'],
						[resource],
						[operation],
					]);
					expect(own.map(({ name }) => name)).toEqual(expect.arrayContaining(Object.keys(others)));
				}
			}
		});

		it("n8n's own Options stay available", () => {
			const own = named('requestOptions');
			expect(own).toHaveLength(1);
			expect((own[0]?.options as INodeProperties[]).map(({ name }) => name).sort()).toEqual([
				'allowUnauthorizedCerts',
				'batching',
				'proxy',
				'timeout',
			]);
		});
	});
});

describe('what the engine falls back to is what the editor shows', () => {
	const operations = Object.values(NODES).flatMap((contract) =>
		Object.values(contract.operations).flatMap((own) => Object.values(own)),
	);

	it.each(Object.entries(DEFAULTS))('%s', (name, fallback) => {
		const defaults = operations
			.filter(({ top, options }) => name in options && !('limit' in top))
			.map(({ options }) => options[name]);
		// A training has a timeout of its own, which its endpoint names.
		expect(new Set(defaults)).toEqual(new Set(name === 'timeout' ? [60, fallback] : [fallback]));
	});
});

describe.each(Object.entries(CREDENTIALS))('the credential %s', (name, { fields, values }) => {
	const properties = stored(credentials.get(name)?.properties ?? []);

	it('has the fields and defaults of the contract', () => {
		const own = properties.filter(
			(property) => !['allowedHttpRequestDomains', 'allowedDomains'].includes(property.name),
		);
		expect(defaultsOf(own)).toEqual(fields);
	});

	it.each(Object.entries(values))('has the stored values of the contract for %s', (field, expected) => {
		expect(properties.filter((property) => property.name === field).flatMap(valuesOf)).toEqual(expected);
	});
});

describe('icons', () => {
	const nodeTypes = [...nodes].map(([name, node]) => [name, (node as INodeType).description] as const);

	it.each([...nodeTypes, ...credentials])('of %s exist in light and dark, and differ', (_, type) => {
		// n8n's loader has turned `icon` into addresses below the package's name.
		const { light = '', dark = '' } = (type as { iconUrl?: { light?: string; dark?: string } }).iconUrl ?? {};
		const drawings = [light, dark].map((url) =>
			readFileSync(folder + url.replace(/^icons\/n8n-nodes-kling-aliyun\//, ''), 'utf8'),
		);
		expect(drawings.every((drawing) => drawing.includes('<svg'))).toBe(true);
		expect(drawings[0]).not.toBe(drawings[1]);
	});
});
