import { createServer } from 'node:net';

/** Ports given out before: whoever got one may not listen on it yet. */
const given = new Set<number>();

/** A port on loopback that nothing listens on now, and that no one was given before. */
export async function freePort(): Promise<number> {
	for (;;) {
		const port = await listenOnce(0);
		if (given.has(port)) continue;
		given.add(port);
		return port;
	}
}

/** Rejects with one sentence when something else listens on the port. */
export async function requireFreePort(port: number, howToChoose: string): Promise<void> {
	await listenOnce(port).catch((error: NodeJS.ErrnoException) => {
		if (error.code === 'EADDRINUSE') throw new Error(`Port ${port} is taken by another program; ${howToChoose}.`);
		if (error.code === 'EACCES') throw new Error(`Port ${port} may not be used by this user; ${howToChoose}.`);
		throw error;
	});
}

async function listenOnce(port: number): Promise<number> {
	return await new Promise((resolve, reject) => {
		const server = createServer();
		server.on('error', reject);
		server.listen(port, '127.0.0.1', () => {
			const address = server.address();
			server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : port));
		});
	});
}
