import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';

/** The folder of the sample photographs. */
export const photoFolder = join(dirname(fileURLToPath(import.meta.url)), '..', 'photos');

/** Where the examples say their photos are; replaced by the address of `servePhotos` on import. */
export const PHOTO_HOST = 'https://sandbox.example';

/** The one photograph that shows a person, and parts of it that stand for several photos of that person. */
const PERSON = 'astronaut.jpg';
const PARTS = [
	{ left: 0, top: 0, side: 512 },
	{ left: 60, top: 0, side: 400 },
	{ left: 100, top: 10, side: 300 },
	{ left: 30, top: 0, side: 340 },
];

/** The sample photograph of that name; `person-1.jpg` to `person-8.jpg` show one person, four times mirrored. */
export async function photoNamed(name: string): Promise<Buffer> {
	const number = Number(/^person-([1-8])\.jpg$/.exec(name)?.[1] ?? 0);
	if (number === 0) return await readFile(join(photoFolder, name));
	const { left, top, side } = PARTS[(number - 1) % PARTS.length]!;
	const part = sharp(join(photoFolder, PERSON)).extract({ left, top, width: side, height: side });
	return await part
		.flop(number > PARTS.length)
		.jpeg({ quality: 90 })
		.toBuffer();
}

/** Serves the sample photographs on loopback under `/photos/<name>.jpg`, for the examples. */
export async function servePhotos(): Promise<{ url: string; stop(): Promise<void> }> {
	const server = createServer((request, response) => {
		const { pathname } = new URL(request.url ?? '/', 'http://photos');
		const isPhoto = pathname.startsWith('/photos/') && pathname.endsWith('.jpg');
		const wanted = isPhoto ? photoNamed(basename(pathname)) : Promise.reject(new Error());
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
