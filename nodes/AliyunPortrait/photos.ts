import { randomUUID } from 'crypto';

import {
	asRecord,
	asText,
	ImageProblem,
	limiterPerAccount,
	loadImageFile,
	nameOfImage,
	NOT_STARTED,
	outcomeError,
	naming,
	read,
	refuseInput,
	remarkOn,
	safeName,
	warnOfImages,
	type ImageField,
	type ImageFile,
	type ImageReference,
	type ItemContext,
	type LoadableImage,
	type ServiceRequest,
} from '../tasks';
import { aliyunPortrait } from './api';

/** Uploads of an account on their way at once: each holds a photo in memory. */
const UPLOADS_AT_ONCE = 4;

const uploadLimiter = limiterPerAccount(UPLOADS_AT_ONCE);

/**
 * A path as the upload returns it, such as `user_upload/T0000000000101/3f07….jpg` (docs/services/aliyun-portrait.md,
 * Upload).
 */
const UPLOADED_PATH = /^(?=.{1,1000}$)[\w.-]+(\/[\w.-]+)+\.\w{2,5}$/;

/** The photos of a user model: 8 to 20 (docs/services/aliyun-portrait.md, User model). */
export const trainingPhotos: ImageField = {
	field: 'img_set',
	label: 'Photos',
	path: UPLOADED_PATH,
	list: { parameter: 'photos', least: 8, most: 20 },
	// The document names no limits (docs/services/aliyun-portrait.md, Upload): what any service takes, and shows a face on.
	limits: { formats: ['image/jpeg', 'image/png'], shortestSide: 300 },
};

/** Any number of photos. */
export const photosToUpload: ImageField = { ...trainingPhotos, list: { parameter: 'photos', most: Infinity } };

/**
 * Uploads photos, several at once, and gives their paths in the order of the photos; what is uploaded already stays.
 * An upload changes nothing that is paid, so a lost one is repeated. Throws a TaskError; item.progress has the paths
 * there are. What there is to say of the photos becomes warnings of the item.
 */
export async function uploadPhotos(item: ItemContext, references: ImageReference[]): Promise<string[]> {
	await refuseUnreadable(item, references);
	const { key } = await item.account(aliyunPortrait.connection);
	const uploads = new Uploads(item, references.length);
	const ended = await Promise.allSettled(
		references.map(async (reference, index) => {
			if (reference.kind === 'path') return reference.path;
			return await uploadLimiter(key).run(async () => await uploads.upload(reference, index), item.signal);
		}),
	);
	const paths = ended.flatMap((end) => (end.status === 'fulfilled' && end.value !== undefined ? [end.value] : []));
	item.progress.add({ paths });
	warnOfImages(item, uploads.remarks);
	const rejected = ended.find((end) => end.status === 'rejected');
	if (rejected) throw rejected.reason;
	// A stop empties the line. What there is must not be taken for the whole, also not by a later run.
	if (paths.length < references.length) throw await uploadError(item, NOT_STARTED, 'to take the photos');
	return paths;
}

/** The uploads of one item: after a failure none of them begins any more. */
class Uploads {
	/** What there is to say of the photos, each at its place. */
	readonly remarks: Array<string | undefined> = [];
	private hasFailed = false;

	constructor(
		private readonly item: ItemContext,
		/** Photos in all. */
		private readonly photos: number,
	) {}

	/** The path of a photo; undefined when it was not begun. */
	async upload(reference: LoadableImage, index: number): Promise<string | undefined> {
		if (this.hasFailed) return undefined;
		let path: string | undefined;
		try {
			const file = await loadPhoto(this.item, reference, index);
			const name = nameOfImage(trainingPhotos.label, index, this.photos, file.fileName);
			this.remarks[index] = remarkOn(name, file.bytes, trainingPhotos.limits);
			path = await uploadPhoto(this.item, file);
		} finally {
			this.hasFailed ||= path === undefined;
		}
		return path;
	}
}

/** A file that is no photo is found before the first upload. What stands behind a URL shows only when it is fetched. */
async function refuseUnreadable(item: ItemContext, references: ImageReference[]): Promise<void> {
	for (const [index, reference] of references.entries()) {
		if (reference.kind !== 'url' && reference.kind !== 'path') await loadPhoto(item, reference, index);
	}
}

/** The format of iPhones: a training with it would be paid for nothing. */
const HEIC_HINT =
	'Save it as JPEG first. An iPhone takes JPEG photos with Settings, Camera, Formats, Most Compatible. No training was started.';

async function loadPhoto(item: ItemContext, reference: LoadableImage, index: number): Promise<ImageFile> {
	const file = await loadImageFile(item, reference, `photo_${index + 1}`, aliyunPortrait.connection);
	if (file instanceof ImageProblem) throw file.errorFor(item, trainingPhotos.label);
	if (file.mime === 'image/heic')
		refuseInput(
			item,
			naming(file.fileName, (shown) => `Photos: ${shown} is HEIC, which hardly any service can read`),
			HEIC_HINT,
		);
	return file;
}

async function uploadPhoto(item: ItemContext, file: ImageFile): Promise<string> {
	const outcome = await read(item, aliyunPortrait, uploadRequest(file));
	const path = 'verdict' in outcome && outcome.verdict.ok ? pathIn(outcome.verdict.data) : undefined;
	if (path === undefined) throw await uploadError(item, outcome, `to take ${safeName(file.fileName)}`);
	return path;
}

async function uploadError(item: ItemContext, outcome: Parameters<typeof outcomeError>[2], what: string) {
	return await outcomeError(item, { service: aliyunPortrait }, outcome, { taskState: 'not-created', what });
}

/** The document shows a plain string; an object is read as well (docs/services/aliyun-portrait.md, Upload). */
function pathIn(data: unknown): string | undefined {
	const { path, url, key } = asRecord(data);
	return asText(data) ?? asText(path) ?? asText(url) ?? asText(key);
}

/** One file as multipart/form-data under the name `file` (docs/services/aliyun-portrait.md, Upload; RFC 7578). */
export function uploadRequest({ bytes, fileName, mime }: ImageFile, boundary = `n8n-${randomUUID()}`): ServiceRequest {
	const quoted = safeName(fileName).replaceAll('"', '%22');
	const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${quoted}"\r\nContent-Type: ${mime}\r\n\r\n`;
	return {
		method: 'POST',
		url: '/cloud/upload_file',
		headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
		body: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
	};
}
