import type { N8nProcess } from './process';

/** A main or a worker of n8n's queue mode; it outlives its process, which can be killed and started anew. */
export class Instance {
	private process?: N8nProcess;

	constructor(
		readonly name: string,
		/** Where it answers health checks and shows its metrics. */
		readonly url: string,
		/** Its N8N_USER_FOLDER. */
		readonly folder: string,
		/** Everything its processes printed. */
		readonly logFile: string,
		private readonly launch: () => Promise<N8nProcess>,
	) {}

	/** Starts it, in place of the process that may still run, and resolves when it takes work. */
	async start(): Promise<void> {
		await this.stop();
		this.process = await this.launch();
	}

	/** Ends it with SIGKILL, as a power cut does. */
	async kill(): Promise<void> {
		await this.process?.kill();
	}

	/** Ends it in order. */
	async stop(): Promise<void> {
		await this.process?.stop();
	}

	/** What Prometheus would read: numbers by name, without those that have labels. */
	async metrics(): Promise<Record<string, number>> {
		const response = await fetch(`${this.url}/metrics`);
		if (!response.ok) throw new Error(`${this.name} shows no metrics (${response.status}).`);
		const lines = (await response.text()).split('\n').map((line) => /^(\w+) ([\d.e+-]+)$/.exec(line));
		return Object.fromEntries(lines.flatMap((line) => (line === null ? [] : [[line[1], Number(line[2])]]))) as Record<
			string,
			number
		>;
	}
}
