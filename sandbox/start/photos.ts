import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder of the sample photographs. */
export const photoFolder = join(dirname(fileURLToPath(import.meta.url)), '..', 'photos');

/** Where the examples say their photos are; replaced by the address of `servePhotos` on import. */
export const PHOTO_HOST = 'https://sandbox.example';

/** Serves the sample photographs on loopback under `/photos/<name>.jpg`, for the examples' HTTP Request nodes. */
export async function servePhotos(): Promise<{ url: string; stop(): Promise<void> }> {
	const server = createServer((request, response) => {
		const { pathname } = new URL(request.url ?? '/', 'http://photos');
		const file = join(photoFolder, basename(pathname));
		const wanted = pathname.startsWith('/photos/') && pathname.endsWith('.jpg') ? readFile(file) : Promise.reject(new Error());
		wanted.then(
			(photo) => response.writeHead(200, { 'Content-Type': 'image/jpeg', 'Content-Length': photo.length }).end(photo),
			() => response.writeHead(404, { 'Content-Type': 'text/plain' }).end('No such photo'),
		);
	});
	await new Promise<void>((resolve, reject) => {
		server.once('error', reject);
		server.listen(0, '127.0.0.1', resolve);
	});
	const address = server.address();
	const port = typeof address === 'object' && address !== null ? address.port : 0;
	return {
		url: `http://127.0.0.1:${port}`,
		stop: async () =>
			await new Promise((resolve) => {
				server.close(() => resolve());
				server.closeAllConnections();
			}),
	};
}
