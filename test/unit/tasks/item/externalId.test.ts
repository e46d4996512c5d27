/** Which work this is: the ID derived from it, which the service refuses to take twice. */
import { describe, expect, it } from 'vitest';

import { isUsablePrefix, LONGEST_PREFIX } from '../../../../nodes/tasks/item/settings';
import { fingerprintOf } from '../../../../nodes/tasks/item/fingerprint';
import { nameInExpression } from '../../../../nodes/tasks/item/workIdentity';
import { itemOf, type Given } from '../support';
import { PRINT, SIGNED, stored, TOOL } from './workSupport';

const idOf = (given: Given = {}, fingerprint = PRINT) =>
	itemOf({ resumeUrl: SIGNED, ...given }).run.work.externalId(given.itemIndex ?? 0, fingerprint);

describe('the ID fits the service', () => {
	it('with every prefix that is allowed, and with room for "-2" to "-5", should its task have failed', () => {
		expect(idOf()).toMatch(/^[A-Za-z0-9_-]{32}$/);
		expect(LONGEST_PREFIX + idOf().length + '-5'.length).toBeLessThanOrEqual(64);
	});

	it('refuses prefixes that would not', () => {
		expect(LONGEST_PREFIX).toBe(30);
		expect(['n8n-', '', 'A_b-9', 'a'.repeat(30)].map(isUsablePrefix)).toEqual([true, true, true, true]);
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

	it("and without a signature, as on n8n 1, by n8n's memory of the node, which comes along", () => {
		const memory = {};
		const id = idOf({ resumeUrl: undefined, memory });
		expect(idOf({ resumeUrl: undefined, executionId: '99', memory: stored(memory) })).toBe(id);
		expect(idOf({ resumeUrl: undefined, executionId: '99', memory: {} })).not.toBe(id);
	});

	it('the memory counts before a signature, should n8n be updated between failure and retry', () => {
		const memory = {};
		const id = idOf({ resumeUrl: undefined, memory });
		expect(idOf({ executionId: '99', memory: stored(memory) })).toBe(id);
	});

	it('and without signature or memory, in the same execution of the same workflow', () => {
		expect(idOf({ resumeUrl: undefined })).toBe(idOf({ resumeUrl: 'https://n8n.test/webhook-waiting/12' }));
		expect(idOf({ resumeUrl: 'https://n8n.test/x?signature=' })).toBe(idOf({ resumeUrl: undefined }));
	});

	it('when n8n has put one run in the place of those before a crash', () => {
		const recovered = { ...itemOf({ resumeUrl: SIGNED, runIndex: 1 }) };
		const evaluate = (expression: string) =>
			expression.includes('isArtificialRecoveredEventItem') ? true : recovered.evaluate(expression);
		const { run } = itemOf();
		Reflect.set(run, 'host', { ...recovered, evaluate });
		expect(run.work.externalId(0, PRINT)).toBe(idOf({ runIndex: 0 }));
	});
});

it.each(['Kling', 'a "quoted" name', 'a {{ name }} of braces', 'back\\slash', '图片'])(
	'the name %j stands in an expression as it is, without braces that would end it',
	(name) => {
		expect(JSON.parse(nameInExpression({ name }))).toBe(name);
		expect(nameInExpression({ name })).not.toMatch(/[{}]/);
	},
);

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

	it('by prompt and by image', () => {
		expect(idOf({}, fingerprintOf({ prompt: 'a mug' }, []))).not.toBe(idOf());
		const byImage = ['AAAA', 'AAAB'].map((image) => idOf({}, fingerprintOf({ image }, [])));
		expect(new Set(byImage).size).toBe(2);
	});

	it('without an execution by chance, so that two calls never share a task', () => {
		const loose = { resumeUrl: undefined, executionId: '' };
		expect(idOf(loose)).not.toBe(idOf(loose));
	});

	it('without an execution stays the same within one run', () => {
		const { run } = itemOf({ resumeUrl: undefined, executionId: '' });
		expect(run.work.externalId(0, PRINT)).toBe(run.work.externalId(0, PRINT));
	});
});

describe("an agent's tool", () => {
	it('is called in any order, so run and item do not count', () => {
		expect(idOf({ node: TOOL, itemIndex: 3, runIndex: 2 })).toBe(idOf({ node: TOOL }));
		expect(idOf({ itemIndex: 3, runIndex: 2 })).not.toBe(idOf());
	});

	it('but the request does, and the node', () => {
		expect(idOf({ node: TOOL }, fingerprintOf({ prompt: 'a mug' }, []))).not.toBe(idOf({ node: TOOL }));
		expect(idOf({ node: { ...TOOL, id: 'other' } })).not.toBe(idOf({ node: TOOL }));
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
		[{ a: [['x'], 'y'] }, { a: ['x', ['y']] }],
		[{ a: '1' }, { a: 1 }],
		[{ a: { b: 1 } }, { ab: 1 }],
		[{ a: true }, { a: 'true' }],
		[{ a: null }, { a: '' }],
		[
			{ a: 'b', c: 'd' },
			{ a: 'bc', d: '' },
		],
		[{ a: [] }, { a: {} }],
		[{ a: [[], 'x'] }, { a: [['x']] }],
		[{ a: { b: {}, c: 1 } }, { a: { b: { c: 1 } } }],
	])('tells %j from %j', (first, second) => {
		expect(fingerprintOf(first, [])).not.toBe(fingerprintOf(second, []));
	});
});
