/** n8n's address, for callbacks that a provider sends by itself. */
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

import { takeCallback, type Server, type Taken } from './resume.ts';
import type { ExecutionRow } from './row.ts';

export interface Listener {
	/** For `instanceUrl`. */
	url: string;
	/** Takes callbacks for an execution from now on; each is reported when it has been answered. */
	watch(row: ExecutionRow, report: (taken: Taken) => void): void;
	stop(): Promise<void>;
}

export async function startListener(server: Server): Promise<Listener> {
	const watched = new Map<string, { row: ExecutionRow; report: (taken: Taken) => void }>();
	const http = createServer(async (request, response) => {
		const { pathname, searchParams } = new URL(request.url ?? '', 'http://n8n');
		const id = pathname.replace('/webhook-waiting/', '');
		const execution = watched.get(id);
		const body = await bytesOf(request);
		const tell = (status: number, told: unknown) =>
			response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(told));
		if (!execution) return tell(404, { message: `The execution "${id}" does not exist.` });
		const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
		const taken = await takeCallback(server, execution.row, {
			body,
			headers,
			signature: searchParams.get('signature') ?? '',
		});
		execution.report(taken);
		tell(taken.status, taken.body);
	});
	await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(http.address() as AddressInfo).port}`,
		watch: (row, report) => watched.set(row.id ?? '', { row, report }),
		async stop() {
			http.closeAllConnections();
			await new Promise((resolve) => http.close(resolve));
		},
	};
}

async function bytesOf(request: IncomingMessage): Promise<Buffer> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks);
}
