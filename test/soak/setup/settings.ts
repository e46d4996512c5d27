/** What a run is asked for: `npm run soak -- --minutes 30 --seed 7`. */
export const MINUTES = numberFrom('SOAK_MINUTES', 5);
/** Decides loads, faults and troubles, and when they come. */
export const SEED = numberFrom('SOAK_SEED', 20_261_129);

function numberFrom(name: string, usual: number): number {
	const value = Number(process.env[name] ?? usual);
	if (!(value > 0)) throw new Error(`${name} must be a number above 0, not ${process.env[name]}.`);
	return value;
}
