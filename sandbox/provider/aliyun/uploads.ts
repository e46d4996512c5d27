import { randomUUID } from 'node:crypto';

import sharp from 'sharp';

import type { StoredImage } from '../core/image-store';
import type { UploadEntry } from '../core/journal';
import type { World } from '../core/world';
import type { AliyunAccount } from './account';
import { invalid } from './errors';
import type { UploadedFile } from './multipart';

/** The number of the first account's folder, as in the document's sample. */
const firstFolder = 101;

/** The photos that were sent, each under the path that its upload was answered with. */
export class Uploads {
	private readonly byPath = new Map<string, { account: string; image: StoredImage }>();

	constructor(private readonly world: World) {}

	/** Keeps a photo; refuses what cannot be decoded to its end. */
	async add(account: AliyunAccount, file: UploadedFile): Promise<UploadEntry> {
		const image = await this.store(file.content).catch(() => {
			throw invalid(`file ${file.fileName} is not a valid image`);
		});
		const folder = this.world.settings.aliyunAccounts.indexOf(account) + firstFolder;
		const ending = image.format === 'jpeg' ? 'jpg' : image.format;
		const path = `user_upload/T${String(folder).padStart(13, '0')}/${randomUUID()}.${ending}`;
		this.byPath.set(path, { account: account.name, image });
		const { fileName, contentType, content } = file;
		return { path, fileName, contentType, bytes: content.length, sha256: image.sha256 };
	}

	/** The photo of a path, if this account has sent it. */
	find(account: AliyunAccount, path: string): StoredImage | undefined {
		const found = this.byPath.get(path);
		return found?.account === account.name ? found.image : undefined;
	}

	clear(): void {
		this.byPath.clear();
	}

	private async store(content: Buffer): Promise<StoredImage> {
		await sharp(content).resize(16, 16, { fit: 'fill' }).toBuffer();
		return await this.world.images.add(content);
	}
}
