/** Least and greatest time, ms. */
export type Span = [min: number, max: number];

/** For each setting, what values it may have. */
export type Checks<Settings> = { [Name in keyof Settings]-?: (value: unknown) => boolean };

export function isCount(value: unknown): boolean {
	return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

export function isBoolean(value: unknown): boolean {
	return typeof value === 'boolean';
}

export function isSpan(value: unknown): boolean {
	return Array.isArray(value) && value.length === 2 && value.every(isCount) && value[0] <= value[1];
}

/** A list with at least one entry. */
export function isList(value: unknown): boolean {
	return Array.isArray(value) && value.length > 0;
}

/** One of some texts or numbers. */
export function isOneOf(...values: unknown[]): (value: unknown) => boolean {
	return (value) => values.includes(value);
}

/** Absent, or what another check allows. */
export function isOptional(check: (value: unknown) => boolean): (value: unknown) => boolean {
	return (value) => value === undefined || check(value);
}

/** A whole number between two. */
export function isBetween(least: number, greatest: number): (value: unknown) => boolean {
	return (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= greatest;
}
