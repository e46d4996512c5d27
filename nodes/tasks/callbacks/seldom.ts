/** Entries kept; beyond them the oldest are forgotten. */
const KEPT = 1_000;

/** Lets things happen once in a while: at least `intervalMs` lie between two of the same kind. */
export class Seldom {
	private readonly last = new Map<string, number>();

	constructor(private readonly intervalMs: number) {}

	/** True when the last of this kind was long enough ago; then this one counts. `now` in ms since the epoch. */
	may(kind: string, now = Date.now()): boolean {
		const last = this.last.get(kind);
		if (last !== undefined && now - last < this.intervalMs) return false;
		this.last.delete(kind);
		this.last.set(kind, now);
		const [oldest] = this.last.keys();
		if (this.last.size > KEPT && oldest !== undefined) this.last.delete(oldest);
		return true;
	}
}
