/** Sees whether a file goes on to the end of its image, part by part, without decoding it. */
export interface Wholeness {
	/** The next bytes of the file. */
	feed(part: Uint8Array): void;
	/** True once the end of the image has come. */
	isWhole: boolean;
}

/** Bytes of the signature before the first chunk of a PNG; of length and type of a chunk; of its checksum. */
const PNG_SIGNATURE = 8;
const CHUNK_HEAD = 8;
const CHECKSUM = 4;

/** Chunks of a PNG (PNG 1.2, chunk layout) until the one that ends the image. */
export class PngEnd implements Wholeness {
	isWhole = false;
	private skip = PNG_SIGNATURE;
	private head: number[] = [];
	private isLast = false;

	feed(part: Uint8Array): void {
		for (let at = 0; at < part.length && !this.isWhole;) {
			const skipped = Math.min(this.skip, part.length - at);
			at += skipped;
			this.skip -= skipped;
			if (this.skip > 0) return;
			if (this.isLast) this.isWhole = true;
			else if (at < part.length) this.take(part[at++] ?? 0);
		}
	}

	/** A byte of a chunk's head. */
	private take(byte: number): void {
		this.head.push(byte);
		if (this.head.length < CHUNK_HEAD) return;
		const head = Buffer.from(this.head);
		this.head = [];
		this.skip = head.readUInt32BE(0) + CHECKSUM;
		this.isLast = head.toString('latin1', 4) === 'IEND';
	}
}

/** Bytes of the marker that begins a JPEG. */
const JPEG_START = 2;

/** The marker that ends a JPEG (EOI). */
const JPEG_END = 0xd9;

/** What follows FF without a segment: stuffing within a scan, TEM and RST0 to RST7 (ITU T.81, B.1.1). */
const hasNoSegment = (code: number) => code <= 0x01 || (code >= 0xd0 && code <= 0xd8);

/** Segments and scans of a JPEG until the marker that ends the image: what stands in a segment, such as a thumbnail, is skipped. */
export class JpegEnd implements Wholeness {
	isWhole = false;
	private skip = JPEG_START;
	/** The bytes of a marker, and of the length of its segment, that have come; none while its first byte is looked for. */
	private marker: number[] = [];

	feed(part: Uint8Array): void {
		for (let at = 0; at < part.length && !this.isWhole;) {
			if (this.skip > 0) {
				const skipped = Math.min(this.skip, part.length - at);
				at += skipped;
				this.skip -= skipped;
			} else if (this.marker.length === 0) {
				const found = part.indexOf(0xff, at);
				if (found < 0) return;
				this.marker.push(0xff);
				at = found + 1;
			} else this.take(part[at++] ?? 0);
		}
	}

	/** A byte behind FF. */
	private take(byte: number): void {
		const { marker } = this;
		if (marker.length === 1) {
			// A second FF only fills.
			if (byte === 0xff) return;
			this.isWhole = byte === JPEG_END;
			if (hasNoSegment(byte) || this.isWhole) this.marker = [];
			else marker.push(byte);
			return;
		}
		marker.push(byte);
		if (marker.length < 4) return;
		this.skip = Math.max(0, Buffer.from(marker).readUInt16BE(2) - 2);
		this.marker = [];
	}
}
