import { createServer } from 'node:http';

export interface Marks {
	/** What a workflow's HTTP Request node calls to say that it is there. */
	url(run: string, name: string): string;
	/** Resolves when it was called for the first time, with what `sample` gave at that moment. */
	called<T>(run: string, name: string, sample: () => T): Promise<{ at: number; sample: T }>;
	stop(): Promise<void>;
}

/** A server that workflows call at the points of interest, so that times and CPU are taken there and not by asking. */
export async function startMarks(): Promise<Marks> {
	const waiting = new Map<string, () => void>();
	const server = createServer((request, response) => {
		const key = request.url ?? '';
		waiting.get(key)?.();
		waiting.delete(key);
		response.writeHead(200, { 'Content-Type': 'application/json' }).end('{}');
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	const address = server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	const path = (run: string, name: string) => `/${encodeURIComponent(run)}/${name}`;
	return {
		url: (run, name) => `http://127.0.0.1:${port}${path(run, name)}`,
		called: async (run, name, sample) =>
			await new Promise((resolve) => waiting.set(path(run, name), () => resolve({ at: Date.now(), sample: sample() }))),
		stop: async () =>
			await new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}
