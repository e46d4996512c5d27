/** The value in the middle. */
export function median(values: readonly number[]): number {
	const sorted = [...values].sort((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}

export function mean(values: readonly number[]): number {
	return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * The exponent with which a cost grows over a size: the slope of the straight line through the logarithms of the
 * `[size, cost]` points. 1 is linear, 2 is quadratic.
 */
export function growthExponent(points: ReadonlyArray<readonly [number, number]>): number {
	const logs = points.map(([size, cost]) => [Math.log(size), Math.log(cost)] as const);
	const middleX = mean(logs.map(([x]) => x));
	const middleY = mean(logs.map(([, y]) => y));
	const rise = logs.reduce((sum, [x, y]) => sum + (x - middleX) * (y - middleY), 0);
	return rise / logs.reduce((sum, [x]) => sum + (x - middleX) ** 2, 0);
}

/** One line of the table. */
export interface Row {
	bench: string;
	measure: string;
	unit: string;
	/** What no implementation could go below. */
	floor?: number;
	/** One value a run. */
	ours: number[];
	theirs?: number[];
	/** What the ratio divides by; without it there is none. */
	against?: 'theirs' | 'floor';
	/** The target, for the ratio or, without one, for our median. */
	atMost?: number;
}

/** The ratio of the medians, if the row has one. */
export function ratioOf({ ours, theirs, floor, against }: Row): number | undefined {
	if (against === 'theirs' && theirs) return median(ours) / median(theirs);
	return against === 'floor' && floor ? median(ours) / floor : undefined;
}

/** Whether the row keeps its target; undefined where it has none. */
export function isMet(row: Row): boolean | undefined {
	return row.atMost === undefined ? undefined : (ratioOf(row) ?? median(row.ours)) <= row.atMost;
}

/** Runs both sides `count` times, by turns first: what one leaves behind in the server then strikes both alike. */
export async function inPairs<T>(
	count: number,
	ours: () => Promise<T>,
	theirs: () => Promise<T>,
): Promise<{ ours: T[]; theirs: T[] }> {
	const results: { ours: T[]; theirs: T[] } = { ours: [], theirs: [] };
	for (let pair = 0; pair < count; pair += 1) {
		const sides = pair % 2 === 0 ? (['ours', 'theirs'] as const) : (['theirs', 'ours'] as const);
		for (const side of sides) results[side].push(await (side === 'ours' ? ours : theirs)());
	}
	return results;
}
