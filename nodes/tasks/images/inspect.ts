import { imageTypeOf, LOOKED_AT_BYTES, type ImageType } from './formats';
import { headerOf, uprightSize, type ImageHeader } from './header';
import { JpegEnd, PngEnd, type Wholeness } from './wholeness';

/** What can be told of an image without decoding it. */
export interface Inspected {
	/** Undefined when it is no image. */
	type?: ImageType;
	/** The first bytes, which tell what a file is that is no image. */
	head: Uint8Array;
	header: ImageHeader;
	/** Length of a JPEG or PNG; of others it may be that of the beginning. */
	bytes: number;
	/** True when the file of a JPEG or PNG ends before its image does. */
	isCut: boolean;
}

/** Bytes that are looked at together, and by how much more each time until the header tells the size. */
const PART_BYTES = 64 * 1024;
const FURTHER = 4;

/** Most bytes that are searched for the size. */
const LONGEST_HEADER = 32 * 1024 * 1024;

const ENDS: Record<string, () => Wholeness> = {
	'image/jpeg': () => new JpegEnd(),
	'image/png': () => new PngEnd(),
};

/**
 * Reads a JPEG or PNG part by part: its beginning until the header tells the size, and the rest only to see whether it
 * goes on to its end, so that no more than the beginning is held. Of anything else the beginning alone is read.
 */
export async function inspect(parts: AsyncIterable<Uint8Array>): Promise<Inspected> {
	const told: Inspected = { head: new Uint8Array(), header: {}, bytes: 0, isCut: false };
	let beginning = Buffer.alloc(0);
	let nextLook = 0;
	let end: Wholeness | undefined;
	for await (const part of joined(parts)) {
		if (told.bytes === 0) {
			told.type = imageTypeOf(part);
			told.head = part.subarray(0, LOOKED_AT_BYTES);
			end = ENDS[told.type?.mime ?? '']?.();
		}
		told.bytes += part.length;
		end?.feed(part);
		if (!uprightSize(told.header) && told.bytes <= LONGEST_HEADER) {
			beginning = Buffer.concat([beginning, part]);
			if (told.bytes >= nextLook) told.header = headerOf(beginning);
			if (told.bytes >= nextLook) nextLook = told.bytes * FURTHER;
		} else beginning = Buffer.alloc(0);
		if (!end) break;
	}
	if (!uprightSize(told.header)) told.header = headerOf(beginning);
	return { ...told, isCut: end !== undefined && !end.isWhole };
}

/** The same bytes in parts that are not small. */
async function* joined(parts: AsyncIterable<Uint8Array>): AsyncGenerator<Buffer> {
	let small: Uint8Array[] = [];
	let bytes = 0;
	for await (const part of parts) {
		small.push(part);
		bytes += part.length;
		if (bytes < PART_BYTES) continue;
		yield Buffer.concat(small);
		small = [];
		bytes = 0;
	}
	if (bytes > 0) yield Buffer.concat(small);
}
