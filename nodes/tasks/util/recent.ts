/** A map of bounded size: what was set longest ago is forgotten first. */
export class Recent<Value> {
	private readonly entries = new Map<string, Value>();

	constructor(private readonly most: number) {}

	get(key: string): Value | undefined {
		return this.entries.get(key);
	}

	set(key: string, value: Value): void {
		this.entries.delete(key);
		this.entries.set(key, value);
		const [oldest] = this.entries.keys();
		if (this.entries.size > this.most && oldest !== undefined) this.entries.delete(oldest);
	}

	/** The value of a key, made by `make` when there is none yet. It counts as set now. */
	ensure(key: string, make: () => Value): Value {
		const value = this.entries.get(key) ?? make();
		this.set(key, value);
		return value;
	}

	delete(key: string): void {
		this.entries.delete(key);
	}
}

/** Lets something happen at most once per interval and key, such as a line in the log. */
export class RateLimit {
	private readonly last = new Recent<number>(1_000);

	constructor(private readonly intervalMs: number) {}

	/** True when the last time for this key was at least an interval ago; then this time counts. `now` in ms since the epoch. */
	allows(key: string, now = Date.now()): boolean {
		const last = this.last.get(key);
		if (last !== undefined && now - last < this.intervalMs) return false;
		this.last.set(key, now);
		return true;
	}
}
