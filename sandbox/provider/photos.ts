import { readdir, readFile } from 'node:fs/promises';

import type { FastifyInstance } from 'fastify';

const folder = new URL('../photos/', import.meta.url);

/** Serves the sample photographs under `/_sandbox/photos/`, so that create requests can name URLs. */
export function mountPhotos(server: FastifyInstance): void {
	server.get('/_sandbox/photos', async () => await photoNames());
	server.get<{ Params: { name: string } }>('/_sandbox/photos/:name', async ({ params }, reply) => {
		if (!(await photoNames()).includes(params.name)) return reply.code(404).send({ error: 'No such photo' });
		return reply.type('image/jpeg').send(await readFile(new URL(params.name, folder)));
	});
}

async function photoNames(): Promise<string[]> {
	return (await readdir(folder)).filter((name) => name.endsWith('.jpg')).sort();
}
