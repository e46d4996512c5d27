/** What people read in the editor: short enough for its place, in n8n's words, and about what can be seen. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
	NodeHelpers,
	Workflow,
	type INode,
	type INodeParameters,
	type INodeProperties,
	type INodePropertyOptions,
	type INodeType,
	type INodeTypeDescription,
	type INodeTypes,
} from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { loadPackage } from '../../harness/package';

const folder = fileURLToPath(new URL('../../..', import.meta.url));
const { nodes, credentials } = await loadPackage(folder);

const descriptions = [...nodes.values()].map((node) => (node as INodeType).description);
const described = (name: string) => descriptions.find((one) => one.name === name) as INodeTypeDescription;

type Kind = 'label' | 'hint' | 'notice' | 'choice' | 'action' | 'placeholder' | 'description';

interface Text {
	/** The way to it, for the failure. */
	at: string;
	kind: Kind;
	text: string;
}

/** Every text of properties, those of collections and choices too. */
function textsOf(at: string, properties: INodeProperties[]): Text[] {
	return properties.flatMap((property) => {
		const here = `${at}, ${property.name}`;
		const { displayName, description, hint, placeholder, type, options = [], modes = [] } = property;
		const inner = options.filter((option): option is INodeProperties => 'type' in option);
		const choices = options.filter(
			(option): option is INodePropertyOptions => 'value' in option && !('type' in option),
		);
		return [
			...text(here, type === 'notice' ? 'notice' : 'label', displayName),
			...text(here, 'description', description),
			...text(here, 'hint', hint),
			...text(here, 'placeholder', placeholder),
			...modes.flatMap((mode) => [
				...text(here, 'label', mode.displayName),
				...text(here, 'placeholder', mode.placeholder),
			]),
			...choices.flatMap(({ name, value, description: said, action }) => [
				...text(`${here} ${String(value)}`, 'choice', name),
				...text(`${here} ${String(value)}`, 'description', said),
				...text(`${here} ${String(value)}`, 'action', action),
			]),
			...textsOf(here, inner),
		];
	});
}

function text(at: string, kind: Kind, value: string | undefined): Text[] {
	return value === undefined || value === '' ? [] : [{ at, kind, text: value }];
}

/** Tools of agents have some fields of their own: tools.test.ts. */
const isOfWorkflows = ({ displayOptions }: INodeProperties) => displayOptions?.show?.['@tool'] === undefined;

/** n8n's own fields, which it adds to nodes and credentials, are n8n's to name. */
const OF_N8N = ['pollTimes', 'requestOptions', 'allowedHttpRequestDomains', 'allowedDomains'];
const own = (properties: INodeProperties[]) => properties.filter(({ name }) => !OF_N8N.includes(name));

const texts: Text[] = [
	...descriptions.flatMap(
		({ name, description, properties, eventTriggerDescription, activationMessage, triggerPanel }) => [
			...text(name, 'description', description),
			...text(name, 'description', eventTriggerDescription),
			...text(name, 'description', activationMessage),
			...text(name, 'description', triggerPanel ? JSON.stringify(triggerPanel) : undefined),
			...textsOf(name, own(properties)),
		],
	),
	...[...credentials].flatMap(([name, { properties }]) => textsOf(name, own(properties))),
];

describe('every text of nodes, triggers and credentials', () => {
	it('there are many of them, of every kind', () => {
		expect(texts.length).toBeGreaterThan(500);
		expect(new Set(texts.map(({ kind }) => kind)).size).toBe(7);
	});

	it.each([
		['label', 28],
		['hint', 120],
		['notice', 160],
		['action', 40],
	] as const)('%s: at most %i characters', (kind, most) => {
		expect(texts.filter((one) => one.kind === kind && one.text.length > most)).toEqual([]);
	});

	it.each([/derived/i, /taskState/i, /as far as/i, /picture/i])('none says %s', (word) => {
		expect(texts.filter((one) => word.test(one.text))).toEqual([]);
	});

	it('a label stands for one thing in an operation', () => {
		for (const { properties } of descriptions) {
			for (const { name, options = [] } of properties.filter((property) => property.type === 'collection')) {
				const labels = (options as INodeProperties[]).filter(isOfWorkflows).map(({ displayName }) => displayName);
				expect([name, labels]).toEqual([name, [...new Set(labels)]]);
			}
		}
	});
});

it('README, docs and examples say image, never picture, in their names too', () => {
	const inside = (path: string) =>
		readdirSync(`${folder}${path}`, { recursive: true, withFileTypes: true })
			.filter((entry) => entry.isFile())
			.map(({ parentPath, name }) => `${parentPath}/${name}`.slice(folder.length));
	const files = ['README.md', ...inside('docs'), ...inside('examples')];
	for (const kind of ['.md', '.json', '.webp'])
		expect(files.filter((name) => name.endsWith(kind)).length).toBeGreaterThan(9);
	const said = files.flatMap((name) => {
		const lines = /\.(?:md|json)$/.test(name) ? readFileSync(`${folder}${name}`, 'utf8').split('\n') : [];
		return [name, ...lines].filter((line) => /picture/i.test(line)).map((line) => `${name}: ${line}`);
	});
	expect(said).toEqual([]);
});

describe('the texts that people decide by', () => {
	const said = (node: string, name: string) =>
		described(node).properties.flatMap((property) => (property.name === name ? [property.displayName] : []));

	it('of a service without a key', () => {
		const notice =
			'This service cannot detect duplicates. If an answer is lost, check there before you run this again.';
		for (const node of ['aliyunPortrait', 'psTask'])
			expect(new Set(said(node, 'keylessNotice'))).toEqual(new Set([notice]));
		expect(said('kling', 'keylessNotice')).toEqual([]);
	});

	it('of the wait for a callback', () => {
		for (const node of ['kling', 'aliyunPortrait']) {
			expect(new Set(said(node, 'callbackNotice'))).toEqual(
				new Set([
					'The execution pauses without using a worker. Add Wait for Completion after this node in case the callback never comes.',
				]),
			);
		}
	});

	it('of the triggers', () => {
		expect(said('klingCallbackTrigger', 'notice')).toEqual([
			'Copy the Production URL into Callback URL (Options) of the Kling node that creates the tasks, then publish.',
		]);
		expect(said('aliyunPortraitTrigger', 'billingNotice')).toEqual([
			'Polls may be billed: one call for New Style, one per unfinished task for Task Finished.',
		]);
		const { eventTriggerDescription, activationMessage, triggerPanel } = described('klingCallbackTrigger');
		expect([eventTriggerDescription, activationMessage, JSON.stringify(triggerPanel)]).toEqual([
			expect.stringContaining('Test URL'),
			expect.stringContaining('Production URL'),
			expect.stringContaining('Callback URL'),
		]);
	});

	describe('of images', () => {
		const one = 'Name of the input binary field, or an image URL, data URI or base64.';
		const several = 'Names of binary fields, image URLs, data URIs or base64';
		const limits = 'JPEG or PNG, up to 10 MB, at least 300 px per side.';
		const fieldsNamed = (...names: string[]) => {
			const fields = described('kling').properties.filter(
				(field) => names.includes(field.name) && isOfWorkflows(field),
			);
			expect(fields.length).toBeGreaterThanOrEqual(2 * names.length);
			return fields;
		};

		it('stand below one that the task needs', () => {
			const needed = fieldsNamed('image', 'frontalImage').filter(({ required = false }) => required);
			expect(new Set(needed.map(({ hint }) => hint))).toEqual(new Set([`${one} ${limits}`]));
			for (const { hint, description } of fieldsNamed('subjectImages', 'referImages')) {
				expect(hint).toBe(several);
				expect(description).toContain(limits);
			}
		});

		it('stand in the description of one that may be left out', () => {
			const optional = fieldsNamed('image', 'sceneImage', 'styleImage').filter(({ required = false }) => !required);
			for (const { hint, description } of optional) {
				expect(hint).toBeUndefined();
				expect(description).toContain(`. ${one} ${limits}`);
			}
			for (const { hint, description } of fieldsNamed('images')) {
				expect(hint).toBeUndefined();
				expect(description).toContain(`. ${several}. ${limits}`);
			}
		});
	});

	it.each([
		['klingTrigger', 'Generate, extend and combine images with Kling AI, or start a workflow when a Kling task ends'],
		[
			'aliyunPortraitTrigger',
			'Make AI portraits from photos, or start a workflow when a task ends or a new style appears',
		],
	])('in the search, where n8n shows what %s is', (name, description) => {
		expect(described(name).description).toBe(description);
	});
});

describe('what stands below the name of a node on the canvas', () => {
	/** As n8n evaluates it, for these parameters. */
	function subtitle(description: INodeTypeDescription, parameters: INodeParameters): unknown {
		const node: INode = { id: '1', name: 'Node', type: description.name, typeVersion: 1, position: [0, 0], parameters };
		const nodeTypes = { getByNameAndVersion: () => ({ description }) } as unknown as INodeTypes;
		const workflow = new Workflow({ nodes: [node], connections: {}, active: false, nodeTypes });
		return workflow.expression.getSimpleParameterValue(node, description.subtitle, 'internal', {});
	}

	type Case = { description: INodeTypeDescription; parameters: INodeParameters };
	const cases = descriptions.flatMap((description): Case[] => {
		const choicesOf = (name: string, resource?: string) =>
			description.properties
				.filter((one) => one.name === name && (!resource || one.displayOptions?.show?.resource?.includes(resource)))
				.flatMap(({ options }) => options as INodePropertyOptions[]);
		const events = choicesOf('event');
		const resources = choicesOf('resource');
		if (events.length > 0 && resources.length === 0)
			return events.map(({ value }) => ({ description, parameters: { event: value } }));
		return resources.flatMap(({ value }) => {
			const seconds = events.length > 0 ? events : choicesOf('operation', String(value));
			const name = events.length > 0 ? 'event' : 'operation';
			return seconds.map((second) => ({ description, parameters: { resource: value, [name]: second.value } }));
		});
	});

	it('says resource and operation in at most 28 characters, for all of them, and for none alike', () => {
		expect(cases.length).toBeGreaterThan(70);
		const shown = cases.map(({ description, parameters }) => {
			const value = String(subtitle(description, parameters));
			expect([value, value.length <= 28, /undefined|[a-z][A-Z]/.test(value)]).toEqual([value, true, false]);
			return `${description.name} ${value}`;
		});
		expect(shown).toEqual([...new Set(shown)]);
	});

	it.each([
		['kling', { resource: 'imageExpansion', operation: 'createAndWaitForCallback' }, 'Image Expansion: callback'],
		['kling', { resource: 'aiMultiShot', operation: 'getAll' }, 'AI Multi-Shot: get many'],
		['kling', { resource: 'multiImageToImage', operation: 'create' }, 'Multi-Image: create'],
		['aliyunPortrait', { resource: 'portrait', operation: 'generate' }, 'Portrait: generate'],
		['psTask', { resource: 'task', operation: 'wait' }, 'Task: wait'],
		['klingTrigger', { event: 'taskFinished' }, 'Task Finished'],
		['klingCallbackTrigger', { resource: 'omniImage', event: 'taskFailed' }, 'Omni Image: failed'],
	])('%s %j: %s', (node, parameters, expected) => {
		expect(subtitle(described(node), parameters)).toBe(expected);
	});

	it('nothing for a Custom API Call, which n8n adds', () => {
		const custom = '__CUSTOM_API_CALL__';
		expect(subtitle(described('kling'), { resource: custom, operation: custom })).toBe('');
	});
});

describe('options that do not apply are hidden', () => {
	/** The options shown for an operation with these parameters, the others at their defaults. */
	function shown(node: string, parameters: INodeParameters): string[] {
		const { properties } = described(node);
		const values: INodeParameters = { ...parameters };
		const isShown = (one: INodeProperties) =>
			NodeHelpers.displayParameter(values, one, { typeVersion: 1 }, described(node), values);
		let options: INodeProperties[] = [];
		// What is shown depends on what is shown above it.
		for (const property of properties.filter(isShown)) values[property.name] ??= property.default as string;
		for (const property of properties.filter(isShown)) {
			values[property.name] ??= property.default as string;
			if (property.name === 'options') options = property.options as INodeProperties[];
		}
		return options.filter(isShown).map(({ name }) => name);
	}

	const waiting = ['onTaskFailed', 'onTimeout', 'pollInterval', 'timeout', 'binaryPrefix', 'outputItems'];
	const creates: Array<[string, INodeParameters]> = [
		['kling', { resource: 'imageGeneration', operation: 'create' }],
		['kling', { resource: 'imageExpansion', operation: 'create' }],
		['aliyunPortrait', { resource: 'portrait', operation: 'create' }],
		['psTask', { resource: 'task', operation: 'create' }],
	];

	it.each(creates)('%s %j: those of waiting, without Wait for Result', (node, create) => {
		expect(shown(node, create)).toEqual(expect.arrayContaining(waiting));
		const without = shown(node, { ...create, waitForCompletion: false });
		expect(without.filter((name) => [...waiting, 'onPartial'].includes(name))).toEqual([]);
		expect(without).toEqual(expect.arrayContaining(['passInputFields', 'queueTimeout']));
	});

	it.each([...creates, ['kling', { resource: 'imageExpansion', operation: 'wait' }] as (typeof creates)[number]])(
		'%s %j: the name of files without a download, and their items without Simplify',
		(node, create) => {
			expect(shown(node, { ...create, downloadImages: false })).not.toContain('binaryPrefix');
			expect(shown(node, { ...create, downloadImages: false })).toContain('outputItems');
			expect(shown(node, { ...create, simplify: false })).not.toContain('outputItems');
			expect(shown(node, { ...create, simplify: false })).toContain('binaryPrefix');
		},
	);

	it('but those are shown that a model or an image rules out: n8n drops a hidden value, and the rest would be paid', () => {
		const all = ['elementIds', 'humanFidelity', 'imageFidelity', 'imageReference', 'negativePrompt'];
		for (const modelName of ['kling-v3', 'kling-v2-1', '={{ $json.model }}'])
			for (const image of ['', 'data']) {
				const parameters = { resource: 'imageGeneration', operation: 'create', modelName, image };
				expect(shown('kling', parameters)).toEqual(expect.arrayContaining(all));
			}
	});

	it('by conditions that both ways of running know', () => {
		for (const { properties } of descriptions) {
			const options = properties.flatMap((one) => (one.name === 'options' ? (one.options as INodeProperties[]) : []));
			const conditions = options.flatMap(({ displayOptions: { show = {}, hide = {} } = {} }) =>
				Object.keys({ ...show, ...hide }),
			);
			expect(conditions.filter((name) => !/^(\/[a-zA-Z]+|@tool)$/.test(name))).toEqual([]);
		}
	});
});

describe('credentials', () => {
	const namesOf = (name: string) => own(credentials.get(name)?.properties ?? []).map((property) => property.name);

	it('of Kling ask for the region before the keys', () => {
		const names = namesOf('klingApi');
		expect(names[0]).toBe('region');
		expect(names.indexOf('baseUrl')).toBeLessThan(names.indexOf('apiKey'));
	});

	it.each([
		['klingApi', 'region', /if the test fails, check this first/],
		['klingApi', 'baseUrl', /nothing answers there: check host and port/],
		['aliyunMarketApi', 'baseUrl', /nothing answers there: check host and port/],
		['psTaskApi', 'baseUrl', /nothing answers there: check host and port/],
	])('%s %s says what to check when the test fails, of which n8n shows a bare code', (name, field, words) => {
		const property = credentials.get(name)?.properties.find((one) => one.name === field);
		expect(property?.description).toMatch(words);
	});

	it.each([
		['klingApi', ['https://kling.ai/dev', 'https://klingai.com/dev']],
		['aliyunMarketApi', ['https://market.console.aliyun.com']],
	])('%s links to the console, where the keys are', (name, links) => {
		const notices = (credentials.get(name)?.properties ?? []).filter(({ type }) => type === 'notice');
		const found = notices.flatMap(({ displayName }) => [...displayName.matchAll(/href="([^"]+)" target="_blank"/g)]);
		expect(found.map(([, link]) => link)).toEqual(links);
	});

	it('mark what must be filled in', () => {
		const optional = ['webhookSecret', 'privateImageHosts', 'region', 'authentication', 'stage'];
		for (const { properties } of credentials.values()) {
			const unmarked = own(properties).filter(({ type, required }) => type !== 'notice' && !required);
			expect(unmarked.map(({ name }) => name).filter((name) => !optional.includes(name))).toEqual([]);
		}
	});
});

describe('found by searching', () => {
	const codexOf = (file: string) =>
		JSON.parse(readFileSync(`${folder}dist/nodes/${file}.node.json`, 'utf8')) as {
			alias: string[];
			categories: string[];
			subcategories?: object;
		};
	const files = ['Kling/Kling', 'AliyunPortrait/AliyunPortrait', 'PsTask/PsTask'];
	const triggers = ['Kling/KlingTrigger', 'Kling/KlingCallbackTrigger', 'AliyunPortrait/AliyunPortraitTrigger'];

	it.each([...files, ...triggers])('%s has no word twice', (file) => {
		const words = codexOf(file).alias.map((word) => word.toLowerCase());
		expect(words).toEqual([...new Set(words)]);
	});

	it.each(triggers)('%s is not among the AI nodes', (file) => {
		const { categories, subcategories = {} } = codexOf(file);
		expect(categories).not.toContain('AI');
		expect(subcategories).not.toHaveProperty('AI');
	});
});

describe('n8n finds an output schema', () => {
	/** As n8n's editor asks: by the parameters Resource and Operation, where a node has them. */
	const schemaOf = (service: string, ...parts: string[]) =>
		JSON.parse(readFileSync(`${folder}dist/nodes/${service}/__schema__/${parts.join('/')}.json`, 'utf8')) as {
			properties: Record<string, unknown>;
		};

	it('of Kling Trigger', () => {
		expect(schemaOf('Kling', 'v1.0.0').properties).toHaveProperty('taskId');
	});

	it('of Kling Callback Trigger, for each of its resources', () => {
		const { properties } = described('klingCallbackTrigger');
		const resources = properties.flatMap(({ name, options }) =>
			name === 'resource' ? (options as INodePropertyOptions[]) : [],
		);
		expect(resources.length).toBeGreaterThan(4);
		for (const { value } of resources)
			expect(schemaOf('Kling', 'v1.0.0', String(value)).properties).toHaveProperty('taskId');
	});

	it.each([
		['Kling', 'task'],
		['AliyunPortrait', 'task'],
		['PsTask', 'task'],
	])('%s: its keys stand in the order that people read', (service, name) => {
		const { properties } = JSON.parse(readFileSync(`nodes/${service}/__schema__/${name}.json`, 'utf8')) as {
			properties: Record<string, unknown>;
		};
		const first = ['status', 'images', 'taskId', 'unitsDeducted', 'expiresAt', 'warnings'];
		const keys = Object.keys(properties);
		const told = first.filter((key) => keys.includes(key));
		expect(told).toEqual(expect.arrayContaining(['status', 'images', 'taskId']));
		expect(keys.slice(0, told.length)).toEqual(told);
	});

	it('of Aliyun AI Portrait Trigger, with what either event gives', () => {
		const { properties } = schemaOf('AliyunPortrait', 'v1.0.0');
		expect(Object.keys(properties)).toEqual(expect.arrayContaining(['styleId', 'taskId', 'userId']));
	});
});
