import { describe, expect, it } from 'vitest';

import { deriveExternalId, fingerprintOf, isUsablePrefix, LONGEST_PREFIX } from '../../../nodes/tasks/externalId';
import { contextOf, type Given } from './support';

const SIGNED = 'https://n8n.test/webhook-waiting/12?signature=0123456789abcdef';
const print = fingerprintOf({ prompt: 'a cup' }, []);

const idOf = (given: Given = {}, fingerprint = print, prefix = 'n8n-') =>
	deriveExternalId(contextOf({ resumeUrl: SIGNED, ...given }), prefix, fingerprint);

describe('the ID fits the service', () => {
	it.each(['', 'n8n-', 'A_b-9', 'x'.repeat(LONGEST_PREFIX)])('with the prefix %j', (prefix) => {
		const id = idOf({}, print, prefix);
		expect(id).toMatch(/^[A-Za-z0-9_-]+$/);
		expect(id.startsWith(prefix)).toBe(true);
		// Room for "-2" to "-5", should the task of this ID have failed.
		expect(id.length).toBeLessThanOrEqual(62);
	});

	it('refuses prefixes that would not', () => {
		expect(LONGEST_PREFIX).toBe(30);
		expect(['n8n-', '', 'a'.repeat(30)].map(isUsablePrefix)).toEqual([true, true, true]);
		expect(['a'.repeat(31), 'a b', 'ü', 'a.b', 'a/b', 'a\n'].map(isUsablePrefix)).toEqual(Array(6).fill(false));
	});
});

describe('the same work has the same ID, so that it is bought once', () => {
	it('again and again', () => {
		expect(idOf()).toBe(idOf());
	});

	it('also in a retried execution, which has another number but the same signature', () => {
		const retried = { executionId: '99', resumeUrl: SIGNED.replace('/12?', '/99?') };
		expect(idOf(retried)).toBe(idOf());
	});

	it('and, without a signature, in the same execution of the same workflow', () => {
		expect(idOf({ resumeUrl: undefined })).toBe(idOf({ resumeUrl: 'https://n8n.test/webhook-waiting/12' }));
	});
});

describe('other work has another ID', () => {
	it.each<[string, Given, Given]>([
		['item', { itemIndex: 0 }, { itemIndex: 1 }],
		['run of the node', { runIndex: 0 }, { runIndex: 1 }],
		['node', { node: { id: 'a' } }, { node: { id: 'b' } }],
		['execution, by its signature', {}, { resumeUrl: SIGNED.replace('abcdef', 'fedcba') }],
		['execution, by its number', { resumeUrl: '', executionId: '1' }, { resumeUrl: '', executionId: '2' }],
		['workflow', { resumeUrl: '', workflowId: 'a' }, { resumeUrl: '', workflowId: 'b' }],
		['instance', { resumeUrl: '', instanceId: 'a' }, { resumeUrl: '', instanceId: 'b' }],
	])('by %s', (_, first, second) => {
		expect(idOf(first)).not.toBe(idOf(second));
	});

	it('by prompt and by picture', () => {
		expect(idOf({}, fingerprintOf({ prompt: 'a mug' }, []))).not.toBe(idOf());
		const byPicture = ['AAAA', 'AAAB'].map((image) => idOf({}, fingerprintOf({ image }, [])));
		expect(new Set(byPicture).size).toBe(2);
	});

	it('without an execution by chance, so that two manual calls never share a task', () => {
		const loose = { resumeUrl: undefined, executionId: '' };
		expect(idOf(loose)).not.toBe(idOf(loose));
	});
});

describe("an agent's tool", () => {
	const tool = { id: 'node-1', type: 'n8n-nodes-kling-aliyun.klingTool' };

	it('is called in any order, so run and item do not count', () => {
		expect(idOf({ node: tool, itemIndex: 3, runIndex: 2 })).toBe(idOf({ node: tool }));
		expect(idOf({ itemIndex: 3, runIndex: 2 })).not.toBe(idOf());
	});

	it('but the request does', () => {
		expect(idOf({ node: tool }, fingerprintOf({ prompt: 'a mug' }, []))).not.toBe(idOf({ node: tool }));
	});
});

describe('the fingerprint', () => {
	it('does not depend on the order of fields, nor on absent and ignored ones', () => {
		const first = { a: 1, b: { c: [1, 'x'], d: true }, external_task_id: 'one', callback_url: 'https://a' };
		const second = { b: { d: true, c: [1, 'x'], e: undefined }, a: 1, external_task_id: 'two' };
		const ignored = ['external_task_id', 'callback_url'];
		expect(fingerprintOf(first, ignored)).toBe(fingerprintOf(second, ignored));
		expect(fingerprintOf(first, [])).not.toBe(fingerprintOf(second, []));
	});

	it('ignores a field only at the top', () => {
		expect(fingerprintOf({ a: { x: 1 } }, ['x'])).not.toBe(fingerprintOf({ a: { x: 2 } }, ['x']));
	});

	it.each([
		[{ a: ['x', 'y'] }, { a: ['y', 'x'] }],
		[{ a: ['xy'] }, { a: ['x', 'y'] }],
		[{ a: '1' }, { a: 1 }],
		[{ a: { b: 1 } }, { ab: 1 }],
		[{ a: true }, { a: 'true' }],
		[{ a: null }, { a: '' }],
		[{ a: 'b', c: 'd' }, { a: 'bc', d: '' }],
	])('tells %j from %j', (first, second) => {
		expect(fingerprintOf(first, [])).not.toBe(fingerprintOf(second, []));
	});
});
