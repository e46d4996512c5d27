import { expect, it } from 'vitest';

import { setAt, valueAt } from '../../../../nodes/tasks/util/bodyPath';

it('a path leads into objects; where it leads nowhere there is nothing', () => {
	const body = { a: { b: { c: 1 } }, text: 'abc' };
	expect(['a.b.c', 'a.b', 'a.x.c', 'text.length', 'x'].map((path) => valueAt(body, path))).toEqual([
		1,
		{ c: 1 },
		undefined,
		undefined,
		undefined,
	]);
});

it('a value is set in a copy of the objects on the way', () => {
	const inner = { b: 1, c: 2 };
	const body = { a: inner };
	setAt(body, 'a.b', 3);
	expect([body, inner]).toEqual([{ a: { b: 3, c: 2 } }, { b: 1, c: 2 }]);
});

it('objects are made on the way to a value, and none on the way to nothing', () => {
	const body = {};
	setAt(body, 'a.b', undefined);
	expect(body).toEqual({});
	setAt(body, 'a.b', 1);
	setAt(body, 'a.c', 2);
	setAt(body, 'a.b', undefined);
	expect(body).toEqual({ a: { c: 2 } });
});

it('what stands in the way of a path is replaced', () => {
	const body = { a: 'text' };
	setAt(body, 'a.b', 1);
	expect(body).toEqual({ a: { b: 1 } });
});
