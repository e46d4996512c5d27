type Stop = () => Promise<void> | void;

/** What has been started and must be stopped, last first, however the program ends. */
export class Lifetime {
	private readonly stops: Stop[] = [];
	private ending: Promise<void> | undefined;

	/** Ctrl-C, a polite kill and the loss of the parent process all stop everything. */
	constructor(private readonly log: (line: string) => void) {
		for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
			process.on(signal, () => {
				if (this.ending === undefined) log('\nStopping ...');
				void this.end(this.settled ? 0 : 130);
			});
		}
		const parent = process.ppid;
		setInterval(() => {
			if (process.ppid !== parent) void this.end(1);
		}, 2_000).unref();
	}

	/** Set once everything is up, when Ctrl-C is the normal way to end. */
	settled = false;

	/** Registers what undoes a start. */
	onStop(stop: Stop): void {
		this.stops.push(stop);
	}

	/** Stops everything and ends the process. */
	async end(code: number): Promise<never> {
		this.ending ??= this.stopAll();
		await this.ending;
		process.exit(code);
	}

	private async stopAll(): Promise<void> {
		for (const stop of this.stops.reverse()) {
			try {
				await stop();
			} catch (error) {
				this.log(`Stopping failed: ${(error as Error).message}`);
			}
		}
	}
}
