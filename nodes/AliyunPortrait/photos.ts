import { randomUUID } from 'crypto';
import type { IDataObject } from 'n8n-workflow';

import { isTaskError, outcomeError, refuseInput } from '../tasks/errors';
import { NOT_STARTED, read, type ItemExchange } from '../tasks/exchange';
import { Gate } from '../tasks/gate';
import type { ImageField } from '../tasks/imageFields';
import { loadImageFile, type ImageFile, type LoadableImage } from '../tasks/imageFile';
import { ImageProblem, type ImageReference } from '../tasks/images';
import { asRecord, asText } from '../tasks/json';
import type { TaskRequest } from '../tasks/provider';
import { withMade } from './made';

/** Uploads on their way at once in this process: each holds a photo in memory. */
const UPLOADS_AT_ONCE = 4;

const gate = new Gate(UPLOADS_AT_ONCE);

/** A path as the upload returns it, such as `user_upload/T0000000000101/3f07….jpg` (aliyun-portrait.md, step 1). */
const UPLOADED_PATH = /^[\w.-]+(\/[\w.-]+)+\.\w{2,5}$/;

/** The photos of a user model: 8 to 20 (aliyun-portrait.md, step 1). */
export const trainingPhotos: ImageField = {
	field: 'img_set',
	label: 'Photos',
	path: UPLOADED_PATH,
	list: { parameter: 'photos', least: 8, most: 20 },
};

/** Any number of photos. */
export const photosToUpload: ImageField = { ...trainingPhotos, list: { parameter: 'photos', most: Infinity } };

/**
 * Uploads photos, several at once, and gives their paths in the order of the photos; what is uploaded already stays.
 * An upload changes nothing that is paid, so a lost one is repeated. Throws a TaskError that names the paths there are.
 */
export async function uploadPhotos(exchange: ItemExchange, references: ImageReference[]): Promise<string[]> {
	await refuseUnreadable(exchange, references);
	let failed = false;
	const ended = await Promise.allSettled(
		references.map(async (reference, index) => {
			if (reference.kind === 'path') return reference.path;
			const path = await gate.pass(async () => {
				if (failed) return undefined;
				const [uploaded] = await Promise.allSettled([uploadPhoto(exchange, reference, index)]);
				failed ||= uploaded.status === 'rejected';
				if (uploaded.status === 'rejected') throw uploaded.reason;
				return uploaded.value;
			}, exchange.signal);
			return path ?? '';
		}),
	);
	const paths = ended.flatMap((end) => (end.status === 'fulfilled' && end.value !== '' ? [end.value] : []));
	const rejected = ended.find((end) => end.status === 'rejected');
	if (rejected) throw isTaskError(rejected.reason) ? withMade(rejected.reason, { paths }) : rejected.reason;
	// A stop empties the line. What there is must not be taken for the whole, also not by a later run.
	if (paths.length < references.length) {
		throw withMade(outcomeError(exchange, NOT_STARTED, { taskState: 'not-created', what: 'the photos' }), { paths });
	}
	return paths;
}

/** A file that is no photo is found before the first upload. What stands behind a URL shows only when it is fetched. */
async function refuseUnreadable(exchange: ItemExchange, references: ImageReference[]): Promise<void> {
	for (const [index, reference] of references.entries()) {
		if (reference.kind !== 'url' && reference.kind !== 'path') await loadPhoto(exchange, reference, index);
	}
}

async function loadPhoto(exchange: ItemExchange, reference: LoadableImage, index: number): Promise<ImageFile> {
	const file = await loadImageFile(exchange, reference, `photo_${index + 1}`);
	if (file instanceof ImageProblem) refuseInput(exchange, `Photos: ${file.message}`, file.hint);
	return file;
}

async function uploadPhoto(exchange: ItemExchange, reference: LoadableImage, index: number): Promise<string> {
	const file = await loadPhoto(exchange, reference, index);
	const outcome = await read(exchange, uploadRequest(file));
	const path = 'verdict' in outcome && outcome.verdict.ok ? pathIn(outcome.verdict.data) : undefined;
	if (path === undefined) {
		throw outcomeError(exchange, outcome, { taskState: 'not-created', what: `the photo ${file.fileName}` });
	}
	return path;
}

/** The document shows a plain string (step 1); an object is read as well (provider-apis.md A3). */
function pathIn(data: unknown): string | undefined {
	const { path, url, key } = asRecord(data);
	return asText(data) ?? asText(path) ?? asText(url) ?? asText(key);
}

/** One file as multipart/form-data under the name `file` (aliyun-portrait.md, step 1; RFC 7578). */
export function uploadRequest({ bytes, fileName, mime }: ImageFile, boundary = `n8n-${randomUUID()}`): TaskRequest {
	const quoted = fileName.replace(/"/g, '%22').replace(/[\r\n]+/g, ' ');
	const head = `--${boundary}\r\nContent-Disposition: form-data; name="file"; filename="${quoted}"\r\nContent-Type: ${mime}\r\n\r\n`;
	const headers: IDataObject = { 'content-type': `multipart/form-data; boundary=${boundary}` };
	return {
		method: 'POST',
		url: '/cloud/upload_file',
		headers,
		body: Buffer.concat([Buffer.from(head), bytes, Buffer.from(`\r\n--${boundary}--\r\n`)]),
	};
}
