/**
 * Lets at most `places` pieces of work run at once, in the order of arrival. One gate serves the whole process,
 * so that memory follows concurrency and not the number of items.
 */
export class Gate {
	private running = 0;
	private readonly queue: Array<() => void> = [];

	constructor(private readonly places: number) {}

	/** Runs `work` once a place is free and gives its result; the place is given back however `work` ends. */
	async pass<T>(work: () => Promise<T>): Promise<T> {
		if (this.running >= this.places) await new Promise<void>((enter) => this.queue.push(enter));
		else this.running += 1;
		try {
			return await work();
		} finally {
			const next = this.queue.shift();
			// The place goes straight to the next in line, so that nobody can slip in between.
			if (next) next();
			else this.running -= 1;
		}
	}
}
