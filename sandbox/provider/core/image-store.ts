import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import pLimit from 'p-limit';
import sharp from 'sharp';

/** A picture that was handed in. */
export interface StoredImage {
	sha256: string;
	/** Size of the file. */
	bytes: number;
	/** Pixels, as a viewer turns the picture (EXIF orientation applied). */
	width: number;
	height: number;
	/** As sharp names it: jpeg, png, webp, … */
	format: string;
}

/** Keeps input pictures on disk, each content once, so that memory does not grow with the number of tasks. */
export class ImageStore {
	private readonly known = new Map<string, Promise<StoredImage>>();
	private readonly turn = pLimit(2);
	private folder?: Promise<string>;
	private closed = false;

	/** Stores a file; throws if it is no picture. */
	async add(file: Buffer): Promise<StoredImage> {
		const sha256 = createHash('sha256').update(file).digest('hex');
		let stored = this.known.get(sha256);
		if (!stored) {
			stored = this.turn(() => this.write(file, sha256));
			this.known.set(sha256, stored);
			stored.catch(() => this.known.delete(sha256));
		}
		return await stored;
	}

	/** The file as it was handed in. */
	async read(image: StoredImage): Promise<Buffer> {
		return await readFile(join(await this.place(), image.sha256));
	}

	/** Removes all pictures from the disk, for good. */
	async close(): Promise<void> {
		this.closed = true;
		await Promise.allSettled(this.known.values());
		if (this.folder) await rm(await this.folder, { recursive: true, force: true });
	}

	private async write(file: Buffer, sha256: string): Promise<StoredImage> {
		const { format, autoOrient } = await sharp(file).metadata();
		const folder = await this.place();
		await writeFile(join(folder, sha256), file);
		return { sha256, bytes: file.length, format, width: autoOrient.width, height: autoOrient.height };
	}

	private async place(): Promise<string> {
		if (this.closed) throw new Error('The server has stopped');
		this.folder ??= mkdtemp(join(tmpdir(), 'sandbox-images-'));
		return await this.folder;
	}
}
