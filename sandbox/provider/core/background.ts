/** Work that outlives the request that began it: timers and outgoing calls. All of it ends with the server. */
export class Background {
	private readonly timers = new Set<NodeJS.Timeout>();
	private readonly stopping = new AbortController();

	/** Aborted when the server stops. */
	get signal(): AbortSignal {
		return this.stopping.signal;
	}

	/** Calls back after a time in ms, if the server still runs then. Keeps no process alive. */
	later(ms: number, work: () => void): () => void {
		if (this.signal.aborted) return () => {};
		const timer = setTimeout(
			() => {
				this.timers.delete(timer);
				work();
			},
			Math.min(Math.max(0, ms), 2 ** 31 - 1),
		);
		timer.unref();
		this.timers.add(timer);
		return () => {
			clearTimeout(timer);
			this.timers.delete(timer);
		};
	}

	/** Resolves after a time in ms, or at once when the server stops or the signal is aborted. */
	async sleep(ms: number, until?: AbortSignal): Promise<void> {
		const signal = until ? AbortSignal.any([this.signal, until]) : this.signal;
		if (signal.aborted) return;
		await new Promise<void>((resolve) => {
			const timer = setTimeout(done, ms);
			signal.addEventListener('abort', done);
			function done() {
				clearTimeout(timer);
				signal.removeEventListener('abort', done);
				resolve();
			}
		});
	}

	stop(): void {
		this.stopping.abort();
		for (const timer of this.timers) clearTimeout(timer);
		this.timers.clear();
	}
}
