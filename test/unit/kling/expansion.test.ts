/** The sides by which an image gets an aspect ratio. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { expansionOf } from '../../../sandbox/provider/pixels/expansion.ts';
import { ANCHORS, aspectText, sidesFor } from '../../../nodes/Kling/expansion';

const SEED = 20261128;

const sizes = fc.record({
	width: fc.integer({ min: 300, max: 12_000 }),
	height: fc.integer({ min: 300, max: 12_000 }),
});
const parts = fc.oneof(
	fc.integer({ min: 1, max: 100 }),
	fc.integer({ min: 100, max: 300 }).map((part) => part / 100),
);
const anchors = fc.constantFrom(...Object.keys(ANCHORS));
const wholly = { seed: SEED, numRuns: 20_000 };

/** Nearest ratio named in the hint of a problem. */
function nearestIn(result: object): string {
	return /is (\S+)\. Choose it/.exec('hint' in result ? String(result.hint) : '')?.[1] ?? '';
}

describe('an image extended to an aspect ratio', () => {
	it('has the ratio within one pixel, within the limits of the service, whatever its size, the ratio and the place', () => {
		let extended = 0;
		fc.assert(
			fc.property(sizes, parts, parts, anchors, (size, a, b, anchor) => {
				const sides = sidesFor(size, `${a}:${b}`, anchor);
				if ('message' in sides) return;
				extended += 1;
				const { up, down, left, right } = sides;
				for (const side of [up, down, left, right]) {
					expect(side).toBeGreaterThanOrEqual(0);
					expect(side).toBeLessThanOrEqual(2);
				}
				expect((1 + up + down) * (1 + left + right)).toBeLessThanOrEqual(3);
				// The simulator computes the size that the rules imply, with code of its own.
				const { canvas } = expansionOf(size, sides);
				const offBy = Math.min(
					Math.abs(canvas.width - (canvas.height * a) / b),
					Math.abs(canvas.height - (canvas.width * b) / a),
				);
				expect(offBy).toBeLessThanOrEqual(1);
				// Only one direction grows.
				expect(canvas.width === size.width || canvas.height === size.height).toBe(true);
			}),
			wholly,
		);
		expect(extended).toBeGreaterThan(5_000);
	});

	it('stands where the anchor says, within one pixel', () => {
		fc.assert(
			fc.property(sizes, parts, parts, anchors, (size, a, b, anchor) => {
				const sides = sidesFor(size, `${a}:${b}`, anchor);
				if ('message' in sides) return;
				const { canvas, original } = expansionOf(size, sides);
				const words = anchor.toLowerCase();
				const [x, y] = [canvas.width - size.width, canvas.height - size.height];
				const wantedLeft = words.includes('left') ? 0 : words.includes('right') ? x : x / 2;
				const wantedTop = words.includes('top') ? 0 : words.includes('bottom') ? y : y / 2;
				expect(Math.abs(original.left - wantedLeft)).toBeLessThanOrEqual(1);
				expect(Math.abs(original.top - wantedTop)).toBeLessThanOrEqual(1);
			}),
			wholly,
		);
	});

	it('that would be too large is refused with the nearest ratio, which is possible and makes nearly three times the area', () => {
		let refused = 0;
		fc.assert(
			fc.property(sizes, parts, parts, (size, a, b) => {
				const sides = sidesFor(size, `${a}:${b}`, 'center');
				if (!('message' in sides) || !sides.message.includes('at most 3 times')) return;
				refused += 1;
				const nearest = nearestIn(sides);
				expect(nearest).toMatch(/^[\d.]+:[\d.]+$/);
				const instead = sidesFor(size, nearest, 'center');
				if ('message' in instead) expect.fail(`${nearest}: ${instead.message}`);
				else {
					const { canvas } = expansionOf(size, instead);
					expect((canvas.width * canvas.height) / (size.width * size.height)).toBeGreaterThan(2.8);
				}
			}),
			wholly,
		);
		expect(refused).toBeGreaterThan(1_000);
	});

	it.each([
		[1920, 1080, '16:9', 'The image is already 16:9 (1920 × 1080). Choose another aspect ratio or Custom Sides.'],
		// 16:9 as far as whole pixels can be.
		[1366, 768, '16:9', 'The image is already 16:9 (1366 × 768). Choose another aspect ratio or Custom Sides.'],
		[1080, 1920, '16:9', '16:9 makes the image 3.16 times as large; at most 3 times is possible'],
	])('%i × %i to %s says why not', (width, height, aspect, message) => {
		expect(sidesFor({ width, height }, aspect, 'center')).toMatchObject({ message });
	});

	it.each([
		[1080, 1920, '16:9', '27:16'],
		[1920, 1080, '9:16', '16:27'],
		[1003, 1801, '16:9', '1.67:1'],
		[1801, 1003, '9:16', '1:1.67'],
	])('of %i × %i to %s the nearest possible is %s', (width, height, aspect, nearest) => {
		expect(nearestIn(sidesFor({ width, height }, aspect, 'center'))).toBe(nearest);
	});

	it('at the limit: a square to 3:1 grows by its width to each side', () => {
		expect(sidesFor({ width: 1000, height: 1000 }, '3:1', 'center')).toEqual({ up: 0, down: 0, left: 1, right: 1 });
	});

	it('four decimals are enough up to 5,000 pixels', () => {
		expect(sidesFor({ width: 1024, height: 768 }, '16:9', 'center')).toEqual({
			up: 0,
			down: 0,
			left: 0.1667,
			right: 0.1666,
		});
	});
});

describe('an aspect ratio', () => {
	it.each([
		['16:9', '16:9'],
		[' 1.91 : 1 ', '1.91:1'],
		['4：5', '4:5'],
		['1200x630', '1200:630'],
		['3/2', '3:2'],
	])('%s is read', (text, normal) => {
		expect(aspectText.problem(text)).toBeUndefined();
		expect(aspectText.normalize?.(text)).toBe(normal);
	});

	it.each([
		'',
		'16',
		'16:0',
		'0:9',
		':',
		'16:9:1',
		'-1:2',
		'wide',
		'Infinity:1',
		'1e3:1',
		16,
		true,
		null,
		['16:9'],
		`${'1'.repeat(500)}:1`,
	])('%j is refused', (value) => {
		expect(aspectText.problem(aspectText.normalize?.(value))).toBe('must be width to height, such as 16:9');
	});
});
