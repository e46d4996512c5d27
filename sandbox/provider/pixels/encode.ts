import { crc32 } from 'node:zlib';
import { randomBytes } from 'node:crypto';

import { fromRaw, type Raw } from './raw';

/** The picture file formats in which results can be served. */
export type ResultFormat = 'png' | 'jpeg' | 'webp';

/** A picture as a file of that format, with at least `leastBytes` bytes. */
export async function encode(picture: Raw, format: ResultFormat, leastBytes: number): Promise<Buffer> {
	const pipeline = fromRaw(picture);
	if (format === 'jpeg') return padJpeg(await pipeline.jpeg({ quality: 90 }).toBuffer(), leastBytes);
	if (format === 'webp') return padWebp(await pipeline.webp({ quality: 85, effort: 2 }).toBuffer(), leastBytes);
	return padPng(await pipeline.png({ compressionLevel: 5 }).toBuffer(), leastBytes);
}

// Padding goes where the format keeps data that viewers skip, so that the pixels stay as they are.

/** A chunk before IEND, which is always the last 12 bytes. */
function padPng(file: Buffer, leastBytes: number): Buffer {
	const missing = leastBytes - file.length;
	if (missing <= 0) return file;
	const body = Buffer.concat([Buffer.from('noSe'), noise(missing)]);
	const length = Buffer.alloc(4);
	length.writeUInt32BE(missing);
	const check = Buffer.alloc(4);
	check.writeUInt32BE(crc32(body));
	return Buffer.concat([file.subarray(0, -12), length, body, check, file.subarray(-12)]);
}

/** Comment segments of at most 65 533 bytes after the start marker. */
function padJpeg(file: Buffer, leastBytes: number): Buffer {
	const parts = [file.subarray(0, 2)];
	for (let missing = leastBytes - file.length; missing > 0; missing -= 65_533) {
		const content = noise(Math.min(missing, 65_533));
		const head = Buffer.from([0xff, 0xfe, 0, 0]);
		head.writeUInt16BE(content.length + 2, 2);
		parts.push(head, content);
	}
	return Buffer.concat([...parts, file.subarray(2)]);
}

/** A chunk of an unknown kind at the end. */
function padWebp(file: Buffer, leastBytes: number): Buffer {
	const missing = leastBytes - file.length;
	if (missing <= 0) return file;
	const content = noise(missing + (missing % 2));
	const head = Buffer.from('NOIS\0\0\0\0', 'latin1');
	head.writeUInt32LE(content.length, 4);
	const padded = Buffer.concat([file, head, content]);
	padded.writeUInt32LE(padded.length - 8, 4);
	return padded;
}

let supply = Buffer.alloc(0);

function noise(length: number): Buffer {
	if (supply.length < length) supply = randomBytes(length);
	return supply.subarray(0, length);
}
