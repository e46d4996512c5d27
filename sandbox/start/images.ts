import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

/** A finished image as it left a workflow. */
export interface Image {
	data: Buffer;
	fileName: string;
}

export interface SavedImage {
	path: string;
	width: number;
	height: number;
	bytes: number;
}

/** Saves an example's images in its own folder, in place of those of the last run; refuses what is no image. */
export async function saveImages(folder: string, images: Image[]): Promise<SavedImage[]> {
	await rm(folder, { recursive: true, force: true });
	await mkdir(folder, { recursive: true });
	const saved: SavedImage[] = [];
	for (const [index, { data, fileName }] of images.entries()) {
		const { width, height, format } = await sharp(data).metadata();
		const named = fileName.includes('.') ? fileName : `${fileName}.${format}`;
		const path = join(folder, uniqueName(named, index, images.length));
		await writeFile(path, data);
		saved.push({ path, width, height, bytes: data.length });
	}
	return saved;
}

function uniqueName(fileName: string, index: number, count: number): string {
	const safe = fileName.replace(/[^\w.-]+/g, '_');
	return count === 1 ? safe : `${index + 1}-${safe}`;
}
