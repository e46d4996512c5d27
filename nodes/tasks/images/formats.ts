/** An image format as its first bytes tell it. */
export interface ImageType {
	mime: string;
	extension: string;
}

const PNG: ImageType = { mime: 'image/png', extension: 'png' };
const JPEG: ImageType = { mime: 'image/jpeg', extension: 'jpg' };
const WEBP: ImageType = { mime: 'image/webp', extension: 'webp' };
const GIF: ImageType = { mime: 'image/gif', extension: 'gif' };
const HEIC: ImageType = { mime: 'image/heic', extension: 'heic' };
const AVIF: ImageType = { mime: 'image/avif', extension: 'avif' };

/** Bytes that are enough to tell every format known here. */
export const SIGNATURE_BYTES = 12;

/**
 * The format of an image from its first 12 bytes, whatever its name or server says; undefined when it is not an image. No
 * service takes or gives BMP and TIFF, and the two letters of BMP would let a text pass.
 */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
	const head = Buffer.from(bytes.subarray(0, SIGNATURE_BYTES));
	const text = head.toString('latin1');
	if (text.startsWith('\x89PNG\r\n\x1a\n')) return PNG;
	if (text.startsWith('\xff\xd8\xff')) return JPEG;
	if (text.startsWith('RIFF') && text.slice(8) === 'WEBP') return WEBP;
	if (/^GIF8[79]a/.test(text)) return GIF;
	if (/^....ftypavi[fs]/s.test(text)) return AVIF;
	if (/^....ftyp(heic|heix|mif1|msf1)/s.test(text)) return HEIC;
	return undefined;
}
