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

/** Bytes that are looked at, where there are so many, to tell what a file is that is no image. */
export const LOOKED_AT_BYTES = 256;

/**
 * The format of an image from its first 12 bytes, whatever its name or server says; undefined when it is not an image. No
 * service takes or gives BMP and TIFF, and the two letters of BMP would let a text pass.
 */
export function imageTypeOf(bytes: Uint8Array): ImageType | undefined {
	const text = textAt(bytes, SIGNATURE_BYTES);
	if (text.startsWith('\x89PNG\r\n\x1a\n')) return PNG;
	if (text.startsWith('\xff\xd8\xff')) return JPEG;
	if (text.startsWith('RIFF') && text.slice(8) === 'WEBP') return WEBP;
	if (/^GIF8[79]a/.test(text)) return GIF;
	if (/^....ftypavi[fs]/s.test(text)) return AVIF;
	if (/^....ftyp(hei[cmsx]|hev[cmsx]|mif1|msf1)/s.test(text)) return HEIC;
	return undefined;
}

/** What links to log-in pages and viewers give. */
export const WEB_PAGE = 'a web page, not an image';

const JSON_TEXT = 'JSON, not an image';
const PDF = 'a PDF, not an image';
const FILM = 'a film, not an image';
const notTaken = (name: string) => `${name}, which no service here takes`;

/** Files that people hand over in place of an image that can be used, by their first bytes behind white space. */
const OTHER_FILES: Array<[RegExp, string]> = [
	[/^<(?:!doctype html|html|head|body|script)\b/i, WEB_PAGE],
	[/^<(?:\?xml|!--).*<(?:!doctype html|html)\b/is, WEB_PAGE],
	[/^<(?:\?xml.*<)?svg\b/is, notTaken('an SVG')],
	[/^<\?xml/i, 'XML, not an image'],
	[/^(?:\{\s*["}]|\[\s*["[\]{])/, JSON_TEXT],
	[/^%PDF-/, PDF],
	[/^(?:II\*\0|MM\0\*)/, notTaken('a TIFF')],
	[/^BM.{4}\0\0\0\0/s, notTaken('a BMP')],
	[/^PK[^\P{Cc}\s]{2}/u, 'a ZIP archive, not an image'],
	[/^.{4}ftyp/s, FILM],
	[/^data:image\//i, 'the text of a data URI, not an image'],
];

/** The same as a server's label tells it, for what cannot be told by its bytes. */
const OTHER_LABELS: Array<[RegExp, string]> = [
	[/^text\/html\b/i, WEB_PAGE],
	[/^application\/(?:\w+\+)?json\b/i, JSON_TEXT],
	[/^application\/pdf\b/i, PDF],
	[/^text\//i, 'text, not an image'],
	[/^video\//i, FILM],
];

/**
 * What a file is that is none of these images, in words that follow "it is", from its first bytes and then from its label;
 * undefined when neither tells.
 */
export function otherFile(bytes: Uint8Array, label = ''): string | undefined {
	const text = textAt(bytes, LOOKED_AT_BYTES);
	const bare = text.replace(/^\xef\xbb\xbf/, '').trimStart();
	const told =
		OTHER_FILES.find(([pattern]) => pattern.test(bare)) ?? OTHER_LABELS.find(([pattern]) => pattern.test(label));
	return told?.[1];
}

/** The first bytes as text, one character each. */
function textAt(bytes: Uint8Array, length: number): string {
	return Buffer.from(bytes.subarray(0, length)).toString('latin1');
}
