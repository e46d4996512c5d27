import { randomUUID } from 'node:crypto';
import type { IDataObject } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { report, wasReported, type Reporter } from '../../../../../nodes/tasks/triggers/callback/dedupe';

const reporter = (change: Partial<Reporter> = {}): Reporter => ({
	node: randomUUID(),
	event: 'taskFinished',
	staticData: {},
	...change,
});

describe('a task', () => {
	it('is reported once', () => {
		const node = reporter();
		expect(wasReported(node, '1')).toBe(false);
		expect(report(node, '1')).toBe(true);
		expect(report(node, '1')).toBe(false);
		expect(wasReported(node, '1')).toBe(true);
		expect(wasReported(node, '2')).toBe(false);
	});

	it('is another one for another node and for another event', () => {
		const node = reporter();
		report(node, '1');
		expect(report({ ...node, node: 'other', staticData: {} }, '1')).toBe(true);
		expect(report({ ...node, event: 'taskCreated' }, '1')).toBe(true);
	});

	it('is known to two requests at once, which n8n gives static data of their own', () => {
		const node = reporter();
		expect(report(node, '1')).toBe(true);
		expect(report({ ...node, staticData: {} }, '1')).toBe(false);
	});

	it('reaches static data also when a request at the same moment saves later', () => {
		const node = reporter();
		const [first, second] = [
			{ ...node, staticData: {} as IDataObject },
			{ ...node, staticData: {} as IDataObject },
		];
		report(first, '1');
		report(second, '2');
		expect(second.staticData).toEqual({ taskFinished: ['1', '2'] });
	});

	it('is known to another process, and after a restart, by static data', () => {
		const staticData: IDataObject = {};
		report(reporter({ node: 'here', staticData }), '1');
		const saved = JSON.parse(JSON.stringify(staticData)) as IDataObject;
		expect(
			report(reporter({ node: 'the same node, in a process that remembers nothing', staticData: saved }), '1'),
		).toBe(false);
	});
});

describe('what is remembered is bounded', () => {
	it('in static data, where the newest are kept', () => {
		const node = reporter();
		for (let id = 0; id < 1_000; id += 1) report(node, `8319223456789${id}`);
		expect(node.staticData.taskFinished).toHaveLength(200);
		expect(JSON.stringify(node.staticData).length).toBeLessThan(8_000);
		expect(wasReported({ ...node, node: 'elsewhere' }, '8319223456789999')).toBe(true);
		expect(wasReported({ ...node, node: 'elsewhere' }, '83192234567890')).toBe(false);
	});

	it('in the process, by tasks and by nodes', () => {
		const node = reporter();
		for (let id = 0; id <= 10_000; id += 1) report({ ...node, staticData: {} }, String(id));
		expect(wasReported({ ...node, staticData: {} }, '0')).toBe(false);
		expect(wasReported({ ...node, staticData: {} }, '1')).toBe(true);
		for (let other = 0; other < 100; other += 1) report(reporter(), '1');
		expect(wasReported({ ...node, staticData: {} }, '1')).toBe(false);
	});

	it('damaged static data counts as none', () => {
		const node = reporter({ staticData: { taskFinished: 'what is this' } });
		expect(report(node, '1')).toBe(true);
		expect(node.staticData.taskFinished).toEqual(['1']);
	});
});
