import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

/** A finished picture as it left a workflow. */
export interface Picture {
	data: Buffer;
	fileName: string;
}

export interface SavedPicture {
	path: string;
	width: number;
	height: number;
	bytes: number;
}

/** Saves an example's pictures in its own folder, in place of those of the last run; refuses what is no picture. */
export async function savePictures(folder: string, pictures: Picture[]): Promise<SavedPicture[]> {
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	const saved: SavedPicture[] = [];
	for (const [index, { data, fileName }] of pictures.entries()) {
		const { width, height, format } = await sharp(data).metadata();
		const named = fileName.includes('.') ? fileName : `${fileName}.${format}`;
		const path = join(folder, uniqueName(named, index, pictures.length));
		await writeFile(path, data);
		saved.push({ path, width, height, bytes: data.length });
	}
	return saved;
}

function uniqueName(fileName: string, index: number, count: number): string {
	const safe = fileName.replace(/[^\w.-]+/g, '_');
	return count === 1 ? safe : `${index + 1}-${safe}`;
}
