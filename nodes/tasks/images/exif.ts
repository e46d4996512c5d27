/** The tag of the orientation, an entry's size in bytes, and the types in which its value may be (TIFF 6.0; EXIF 2.3). */
const ORIENTATION = 0x0112;
const ENTRY_BYTES = 12;
const SHORT = 3;
const LONG = 4;

/**
 * The orientation in an EXIF block, 1 to 8, from its first directory; undefined when it tells none. The block begins with
 * the byte order, as in PNG and WebP, or with `Exif` before it, as in JPEG. Takes any bytes; linear in their number.
 */
export function orientationIn(block: Buffer): number | undefined {
	const hasName = block.subarray(0, 6).toString('latin1') === 'Exif\0\0';
	const tiff = hasName ? block.subarray(6) : block;
	const order = tiff.subarray(0, 2).toString('latin1');
	if (order !== 'II' && order !== 'MM') return undefined;
	const short = (at: number) => {
		if (at + 2 > tiff.length) return undefined;
		return order === 'II' ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at);
	};
	const long = (at: number) => {
		if (at + 4 > tiff.length) return undefined;
		return order === 'II' ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at);
	};
	const directory = long(4) ?? tiff.length;
	const entries = short(directory) ?? 0;
	for (let entry = 0; entry < entries; entry += 1) {
		const at = directory + 2 + entry * ENTRY_BYTES;
		const tag = short(at);
		if (tag === undefined) return undefined;
		if (tag !== ORIENTATION) continue;
		const type = short(at + 2);
		const value = type === SHORT ? short(at + 8) : type === LONG ? long(at + 8) : undefined;
		return value !== undefined && value >= 1 && value <= 8 ? value : undefined;
	}
	return undefined;
}
