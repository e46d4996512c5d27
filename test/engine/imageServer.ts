/** A file server of the tests' own, beside the simulator's: it answers on every address of this machine. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { promises, type LookupAddress } from 'node:dns';
import { afterAll, beforeEach } from 'vitest';

export type Answer = (response: ServerResponse, request: IncomingMessage) => void;

/** Starts one for a test file. Before each test it forgets what it was asked, and answers as at first. */
export async function startImageServer(usual: Answer) {
	const state = { answer: usual, asked: [] as string[], hadAuthorization: false };
	const sockets = new Set<Socket>();
	const server = createServer((request, response) => {
		state.asked.push(`${request.headers.host}${request.url}`);
		state.hadAuthorization ||= 'authorization' in request.headers;
		state.answer(response, request);
	});
	server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
	await new Promise<void>((listening) => server.listen(0, '0.0.0.0', listening));
	const { port } = server.address() as AddressInfo;
	beforeEach(() => void Object.assign(state, { answer: usual, asked: [], hadAuthorization: false }));
	afterAll(() => {
		server.close();
		server.closeAllConnections();
	});
	return { state, sockets, port, at: (host: string) => `http://${host}:${port}` };
}

/** Names that this machine knows while the tests of the file run, and their addresses. Gives the names asked for. */
export function knowNames(names: Record<string, string>): string[] {
	const asked: string[] = [];
	const { lookup } = promises;
	const known = async (name: string, options?: { all?: boolean }) => {
		const address = names[name];
		if (address === undefined) return await Reflect.apply(lookup, promises, [name, options]);
		asked.push(name);
		const found: LookupAddress = { address, family: address.includes(':') ? 6 : 4 };
		return options?.all ? [found] : found;
	};
	promises.lookup = known as typeof lookup;
	afterAll(() => void (promises.lookup = lookup));
	beforeEach(() => void asked.splice(0));
	return asked;
}
