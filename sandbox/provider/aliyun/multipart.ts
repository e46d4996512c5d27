import { Busboy } from '@fastify/busboy';

import { invalid } from './errors';

/** The one file of an upload form. */
export interface UploadedFile {
	fileName: string;
	contentType: string;
	content: Buffer;
}

/**
 * Reads a form that holds the part `file` with a file name, and nothing else (docs/services/aliyun-portrait.md,
 * Upload).
 */
export async function readUpload(contentType: string, body: Buffer): Promise<UploadedFile> {
	if (!/^multipart\/form-data\s*;/i.test(contentType)) throw invalid('Content-Type must be multipart/form-data');
	const files = await parse(contentType, body);
	if (files.length !== 1) throw invalid(`file must be sent once, but it came ${files.length} times`);
	const [file] = files as [UploadedFile];
	if (file.content.length === 0) throw invalid(`file ${file.fileName} is empty`);
	return file;
}

async function parse(contentType: string, body: Buffer): Promise<UploadedFile[]> {
	const files: UploadedFile[] = [];
	const problems: string[] = [];
	await new Promise<void>((resolve, reject) => {
		const fail = (error: unknown) => reject(invalid(`The form is broken: ${(error as Error).message}`));
		try {
			const form = new Busboy({ headers: { 'content-type': contentType } });
			form.on('field', (name) => {
				problems.push(name === 'file' ? 'file must have a file name' : `Unknown parameter: ${name}`);
			});
			form.on('file', (name, stream, fileName, _encoding, type) => {
				if (name !== 'file') problems.push(`Unknown parameter: ${name}`);
				else if (!fileName) problems.push('file must have a file name');
				const parts: Buffer[] = [];
				stream.on('data', (part: Buffer) => parts.push(part));
				stream.on('end', () => files.push({ fileName, contentType: type, content: Buffer.concat(parts) }));
				stream.on('error', fail);
			});
			form.on('error', fail);
			form.on('finish', resolve);
			form.end(body);
		} catch (error) {
			fail(error);
		}
	});
	if (problems[0] !== undefined) throw invalid(problems[0]);
	return files;
}
