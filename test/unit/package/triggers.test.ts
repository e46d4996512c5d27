/** The triggers of the built package: what saved workflows depend on. */
import { fileURLToPath } from 'node:url';
import { readFileSync } from 'node:fs';
import { NodeHelpers, type INodeProperties, type INodePropertyOptions, type INodeType } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { loadPackage } from '../../harness/package';
import { WATCHED } from './contract';

const folder = fileURLToPath(new URL('../../..', import.meta.url));
const { nodes } = await loadPackage(folder);
const named = (name: string) => (nodes.get(`n8n-nodes-kling-aliyun.${name}`) as INodeType).description;

/** Name → default, without what n8n adds to every polling node and without notices. */
function defaultsOf(properties: INodeProperties[]) {
	const own = properties.filter(({ name, type }) => name !== 'pollTimes' && type !== 'notice');
	return Object.fromEntries(own.map(({ name, default: value }) => [name, value]));
}

const valuesOf = (properties: INodeProperties[], name: string) =>
	(properties.find((property) => property.name === name)?.options as INodePropertyOptions[])
		.map(({ value }) => value)
		.sort();

describe('Kling Trigger', () => {
	const { properties, displayName, polling } = named('klingTrigger');

	it('has the names and defaults of the contract', () => {
		expect([displayName, polling]).toEqual(['Kling Trigger', true]);
		const { resources, ...others } = defaultsOf(properties);
		expect(resources).toEqual(WATCHED);
		expect(others).toEqual({ event: 'taskFinished', simplify: true, options: {} });
		const options = properties.find(({ name }) => name === 'options')?.options as INodeProperties[];
		expect(defaultsOf(options)).toEqual({ externalTaskIdPrefix: '', maxTasksPerPoll: 1000 });
	});

	it('has the stored values of the contract', () => {
		expect(valuesOf(properties, 'event')).toEqual(['taskCreated', 'taskFailed', 'taskFinished', 'taskSucceeded']);
		expect(valuesOf(properties, 'resources')).toEqual(expect.arrayContaining(WATCHED));
	});
});

describe('Kling Callback Trigger', () => {
	const { properties, displayName, webhooks } = named('klingCallbackTrigger');

	it('has the names, defaults and stored values of the contract', () => {
		expect([displayName, webhooks?.length]).toEqual(['Kling Callback Trigger', 1]);
		const { options: _, ...others } = defaultsOf(properties);
		expect(others).toEqual({ resource: 'imageGeneration', event: 'taskFinished' });
		const options = properties.find(({ name }) => name === 'options')?.options as INodeProperties[];
		expect(defaultsOf(options)).toEqual({ requireSignature: true, verifyByReading: true });
		expect(valuesOf(properties, 'event')).toEqual(['taskCreated', 'taskFailed', 'taskFinished', 'taskSucceeded']);
		expect(valuesOf(properties, 'resource')).toEqual(expect.arrayContaining(WATCHED));
	});
});

describe('Kling Callback Trigger with Verify by Reading off', () => {
	it('shows a notice right under the options, and only then', () => {
		const description = named('klingCallbackTrigger');
		const names = description.properties.map(({ name }) => name);
		expect(names.slice(names.indexOf('options'))).toEqual(['options', 'unverifiedNotice']);
		const notice = description.properties.find(({ name }) => name === 'unverifiedNotice') as INodeProperties;
		expect(notice.displayName).toContain('Without a Webhook Secret in the credential');
		const isShown = (options: object) =>
			NodeHelpers.displayParameter({ options } as never, notice, { typeVersion: 1 }, description);
		expect([{}, { verifyByReading: true }, { verifyByReading: false }].map(isShown)).toEqual([false, false, true]);
	});
});

describe('Aliyun AI Portrait Trigger', () => {
	const { properties, displayName, polling } = named('aliyunPortraitTrigger');

	it('has the names, defaults and stored values of the contract', () => {
		expect([displayName, polling]).toEqual(['Aliyun AI Portrait Trigger', true]);
		expect(defaultsOf(properties)).toEqual({ event: 'newStyle', taskIds: '', simplify: true });
		expect(valuesOf(properties, 'event')).toEqual(['newStyle', 'taskFinished']);
	});
});

it.each(['Kling/KlingTrigger', 'Kling/KlingCallbackTrigger', 'AliyunPortrait/AliyunPortraitTrigger'])(
	'%s is found by searching',
	(file) => {
		const codex = JSON.parse(readFileSync(`${folder}dist/nodes/${file}.node.json`, 'utf8')) as {
			node: string;
			alias: string[];
		};
		expect(nodes.has(codex.node)).toBe(true);
		expect(codex.alias).toContain('trigger');
	},
);
