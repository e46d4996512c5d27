/** From this length on a bare string may be base64; below it `data` or `photo123` would be valid base64 too. */
export const SHORTEST_BASE64 = 100;

/** Characters decoded to look at the first bytes; a multiple of 4. */
const HEAD_CHARACTERS = 64;

/**
 * Plain base64 without white space, from standard or URL-safe base64; undefined when it is neither. Services take
 * only the raw form (provider-apis.md 4.1).
 */
export function normalizeBase64(text: string): string | undefined {
	const bare = text.replace(/\s+/g, '').replace(/-/g, '+').replace(/_/g, '/').replace(/=+$/, '');
	// A remainder of one character cannot come from whole bytes.
	if (bare === '' || bare.length % 4 === 1 || !/^[A-Za-z0-9+/]+$/.test(bare)) return undefined;
	return bare.padEnd(Math.ceil(bare.length / 4) * 4, '=');
}

/** The first bytes of plain base64. */
export function headOfBase64(base64: string): Buffer {
	return Buffer.from(base64.slice(0, HEAD_CHARACTERS), 'base64');
}
