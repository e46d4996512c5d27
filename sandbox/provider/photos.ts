import { readdir, readFile } from 'node:fs/promises';

import type { FastifyInstance } from 'fastify';

const folder = new URL('../photos/', import.meta.url);

/** A sample photograph by its file name. */
export async function readPhoto(name: string): Promise<Buffer | undefined> {
	return (await photoNames()).includes(name) ? await readFile(new URL(name, folder)) : undefined;
}

/** Serves the sample photographs under `/_sandbox/photos/`, so that create requests can name URLs. */
export function mountPhotos(server: FastifyInstance): void {
	server.get('/_sandbox/photos', async () => await photoNames());
	server.get<{ Params: { name: string } }>('/_sandbox/photos/:name', async ({ params }, reply) => {
		const photo = await readPhoto(params.name);
		return photo ? reply.type('image/jpeg').send(photo) : reply.code(404).send({ error: 'No such photo' });
	});
}

async function photoNames(): Promise<string[]> {
	return (await readdir(folder)).filter((name) => name.endsWith('.jpg')).sort();
}
