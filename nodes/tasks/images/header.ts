import { orientationIn } from './exif';
import { imageTypeOf } from './formats';

/** What the header of an image says of it. */
export interface ImageHeader {
	/** Pixels as they are stored, before anybody turns them. */
	width?: number;
	height?: number;
	/** 1 to 8: which way up the image is to be shown (EXIF 2.3, Orientation). */
	orientation?: number;
}

/** Pixels. */
export interface Size {
	width: number;
	height: number;
}

/** The size of an image as it is to be shown, after its EXIF orientation; undefined where the header does not tell it. */
export function uprightSize({ width, height, orientation = 1 }: ImageHeader): Size | undefined {
	if (!width || !height) return undefined;
	// From 5 on the rows of the file are columns (EXIF 2.3, Orientation).
	return orientation >= 5 ? { width: height, height: width } : { width, height };
}

/**
 * Size and orientation of a PNG, JPEG, GIF or WebP, as far as they can be told without decoding it; AVIF and HEIC tell
 * nothing here. Takes any bytes, whatever lengths stand in them; linear in their number.
 */
export function headerOf(bytes: Buffer): ImageHeader {
	return READERS[imageTypeOf(bytes)?.mime ?? '']?.(bytes) ?? {};
}

const READERS: Record<string, (bytes: Buffer) => ImageHeader> = {
	'image/png': png,
	'image/jpeg': jpeg,
	'image/gif': gif,
	'image/webp': webp,
};

/** Parts of a file that are looked at: a hundred times as many as real ones have before what is looked for. */
const MOST_PARTS = 100_000;

/** A size in pixels; nothing where none is told, or the header is cut off. */
function size(width: number | undefined, height: number | undefined): ImageHeader {
	return width && height ? { width, height } : {};
}

/** Unsigned integers at a place; undefined behind the end. */
const be = (bytes: Buffer, at: number, length: number) =>
	at + length <= bytes.length ? bytes.readUIntBE(at, length) : undefined;
const le = (bytes: Buffer, at: number, length: number) =>
	at + length <= bytes.length ? bytes.readUIntLE(at, length) : undefined;

/** Chunks of length, type, data and checksum (PNG 1.2, chunk layout); the first one has the size. */
function png(bytes: Buffer): ImageHeader {
	let at = 8;
	for (let parts = 0; parts < MOST_PARTS; parts += 1) {
		const length = be(bytes, at, 4);
		if (length === undefined) break;
		const data = at + 8;
		if (bytes.toString('latin1', at + 4, data) === 'eXIf') {
			const orientation = orientationIn(bytes.subarray(data, data + length));
			return { ...size(be(bytes, 16, 4), be(bytes, 20, 4)), orientation };
		}
		at = data + length + 4;
	}
	return size(be(bytes, 16, 4), be(bytes, 20, 4));
}

/** Frames that tell the size: all of C0 to CF but the tables in C4 and CC, and the reserved C8 (ITU T.81, table B.1). */
const isFrame = (marker: number) => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** Markers without a length: TEM, RST0 to RST7, SOI; and FF, which is none. */
const hasNoLength = (marker: number) => marker === 0x01 || (marker >= 0xd0 && marker <= 0xd8) || marker === 0xff;

/** The end of the image, and the scan, behind which there is no header (EOI, SOS). */
const isEnd = (marker: number) => marker === 0xd9 || marker === 0xda;

/** Segments of marker, length and data until the scan begins (ITU T.81, B.1); the first EXIF block counts. */
function jpeg(bytes: Buffer): ImageHeader {
	let orientation: number | undefined;
	let hasExif = false;
	let at = 2;
	for (let parts = 0; parts < MOST_PARTS && bytes[at] === 0xff; parts += 1) {
		const marker = bytes[at + 1] ?? 0;
		const length = hasNoLength(marker) ? 0 : (be(bytes, at + 2, 2) ?? 0);
		if (isFrame(marker)) return { ...size(be(bytes, at + 7, 2), be(bytes, at + 5, 2)), orientation };
		if (isEnd(marker)) break;
		if (marker === 0xe1 && !hasExif && bytes.toString('latin1', at + 4, at + 8) === 'Exif') {
			hasExif = true;
			orientation = orientationIn(bytes.subarray(at + 4, at + 2 + length));
		}
		// The first byte of FF FF only fills.
		at += marker === 0xff ? 1 : 2 + length;
	}
	return { orientation };
}

/** The screen's size (GIF89a, Logical Screen Descriptor). */
function gif(bytes: Buffer): ImageHeader {
	return size(le(bytes, 6, 2), le(bytes, 8, 2));
}

/** Chunks of name, length and data of even length (WebP Container Specification); the EXIF comes last. */
function webp(bytes: Buffer): ImageHeader {
	let orientation: number | undefined;
	let at = 12;
	for (let parts = 0; parts < MOST_PARTS; parts += 1) {
		const length = le(bytes, at + 4, 4);
		if (length === undefined) break;
		const data = at + 8;
		if (bytes.toString('latin1', at, at + 4) === 'EXIF') {
			orientation = orientationIn(bytes.subarray(data, data + length));
			break;
		}
		at = data + length + (length % 2);
	}
	return { ...webpSize(bytes), orientation };
}

/** The size in the first chunk, which is of one of three kinds (the same document; RFC 6386, 9.1; WebP Lossless). */
function webpSize(bytes: Buffer): ImageHeader {
	const kind = bytes.toString('latin1', 12, 16);
	if (kind === 'VP8X') return size(oneMore(le(bytes, 24, 3)), oneMore(le(bytes, 27, 3)));
	if (kind === 'VP8 ') return size(lower14(le(bytes, 26, 2)), lower14(le(bytes, 28, 2)));
	const bits = kind === 'VP8L' ? le(bytes, 21, 4) : undefined;
	return bits === undefined ? {} : size(oneMore(lower14(bits)), oneMore(lower14(Math.floor(bits / 2 ** 14))));
}

function oneMore(value: number | undefined): number | undefined {
	return value === undefined ? undefined : value + 1;
}

function lower14(value: number | undefined): number | undefined {
	return value === undefined ? undefined : value % 2 ** 14;
}
