import { Recent } from './recent';

/**
 * Lets at most `places` pieces of work run at once, in the order of arrival, so that memory and load follow
 * concurrency and not the number of items.
 */
export class Limiter {
	private running = 0;
	private readonly queue = new Set<() => void>();

	constructor(private readonly places: number) {}

	/**
	 * Runs `work` once a place is free and gives its result; the place is given back however `work` ends. Gives
	 * undefined, without running it, when `signal` is aborted before a place is free.
	 */
	async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T | undefined> {
		if (this.running < this.places) this.running += 1;
		else if (!(await this.turn(signal))) return undefined;
		try {
			return signal?.aborted ? undefined : await work();
		} finally {
			const [next] = this.queue;
			// The place goes straight to the next in line, so that nobody can slip in between.
			if (next) next();
			else this.running -= 1;
		}
	}

	/** Waits in line; true with a place, false after an abort. */
	private async turn(signal?: AbortSignal): Promise<boolean> {
		return await new Promise<boolean>((decide) => {
			const leave = (placed: boolean) => {
				this.queue.delete(enter);
				signal?.removeEventListener('abort', give);
				decide(placed);
			};
			const enter = () => leave(true);
			const give = () => leave(false);
			this.queue.add(enter);
			signal?.addEventListener('abort', give);
			if (signal?.aborted) give();
		});
	}
}

/** Accounts whose limiters are kept in this process. */
const MOST_ACCOUNTS = 1_000;

/** One limiter for each account, so that an account that hangs holds up nobody else. */
export function limiterPerAccount(places: number): (account: string) => Limiter {
	const limiters = new Recent<Limiter>(MOST_ACCOUNTS);
	return (account) => limiters.ensure(account, () => new Limiter(places));
}
