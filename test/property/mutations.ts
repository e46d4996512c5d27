/** What all property tests of answers do to an answer. */
import fc from 'fast-check';

/** Answers tried for each endpoint. */
export const RUNS = 10_000;

/** The same answers at every run; PROPERTY_SEED looks for others. */
export const SEED = Number(process.env.PROPERTY_SEED ?? 20_261_121);

/** Statuses of the task object. */
export const STATUSES = ['submitted', 'processing', 'succeeded', 'partial', 'failed', 'unknown'];

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** How many places a JSON value has: itself, and those of its parts. */
function placesIn(value: Json): number {
	if (typeof value !== 'object' || value === null) return 1;
	let places = 1;
	for (const key in value) places += placesIn((value as Record<string, Json>)[key] as Json);
	return places;
}

/** A copy with something else in one place; the places are counted from the outside to the inside. */
function replaceAt(value: Json, place: number, by: Json | undefined): Json | undefined {
	if (place === 0) return by;
	const copy = (Array.isArray(value) ? [...value] : { ...(value as object) }) as Record<string, Json>;
	let before = 1;
	for (const key in copy) {
		const places = placesIn(copy[key] as Json);
		if (place < before + places) {
			const part = replaceAt(copy[key] as Json, place - before, by);
			if (part === undefined) delete copy[key];
			else copy[key] = part;
			break;
		}
		before += places;
	}
	return copy as Json;
}

/** Something else in any place: another type, nothing at all, or any JSON. */
const anyJson = fc.oneof(
	fc.jsonValue() as fc.Arbitrary<Json>,
	fc.constantFrom<Json>(
		null,
		'',
		0,
		-1,
		3,
		'3',
		1e400,
		'null',
		[],
		{},
		[null],
		[[]],
		true,
		'0',
		'\u0000',
		{ url: {} },
		'constructor',
		{ toString: 'x' },
		{ path: 'u/1.jpg' },
	),
);

/** Up to four changes at any places. */
export const mutation = fc.array(fc.tuple(fc.nat(), fc.oneof(anyJson, fc.constant(undefined))), {
	minLength: 1,
	maxLength: 4,
});

/** The same answer with the changes made. */
export function mutate(original: Json, changes: Array<[number, Json | undefined]>): Json {
	return changes.reduce<Json>(
		(value, [number, by]) => replaceAt(value, number % placesIn(value), by) ?? null,
		original,
	);
}

/** The same answer with a new field in every object, and its keys in the other order. */
export function dressUp(value: Json, extra: unknown, reverse: boolean): Json {
	if (typeof value !== 'object' || value === null) return value;
	if (Array.isArray(value)) return value.map((part) => dressUp(part, extra, reverse));
	const entries = Object.entries(value).map(([key, part]) => [key, dressUp(part, extra, reverse)]);
	const dressed = [...entries, ['some_new_field', extra]];
	return Object.fromEntries(reverse ? dressed.reverse() : dressed) as Json;
}
