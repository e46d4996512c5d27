import type { ByteStream, Stream } from '../item/host';
import { LOOKED_AT_BYTES, SIGNATURE_BYTES } from './formats';

/** Bytes of the beginning that are kept: cameras and editors put thumbnails and colour profiles before the size. */
const KEPT_BYTES = 256 * 1024;

/**
 * A file on its way from an answer's body into n8n's storage, in parts. Whether it came whole is seen here and not
 * left to the storage: n8n's modes and versions differ in what they do with a stream that fails.
 */
export class Arrival {
	/** The beginning of the file, as far as it is here: up to 256 kB, which hold the header of an image. */
	readonly kept: Uint8Array[] = [];
	/** How the file ended; undefined while it is on its way. */
	end?: 'whole' | 'cut' | 'tooLarge';
	private readonly parts: AsyncIterator<Uint8Array>;
	private readonly first: Uint8Array[] = [];
	private bytes = 0;

	constructor(
		private readonly body: ByteStream,
		private readonly largestBytes: number,
		/** Called with the bytes of each part that arrives. */
		private readonly onPart: (bytes: number) => void = () => undefined,
	) {
		this.parts = body[Symbol.asyncIterator]() as AsyncIterator<Uint8Array>;
	}

	/** The first bytes, enough to tell the type; fewer when the file ends before. To be called before `stream`. */
	async head(): Promise<Uint8Array> {
		let head: Uint8Array = new Uint8Array();
		while (head.length < SIGNATURE_BYTES) {
			const part = await this.next();
			if (!part) break;
			this.first.push(part);
			head = Buffer.concat([head, part.subarray(0, LOOKED_AT_BYTES)]);
		}
		return head;
	}

	/** The beginning of the file, until it is enough or has so many bytes; the rest is not asked for. */
	async beginning(most: number, isEnough: (beginning: Buffer) => boolean): Promise<Buffer> {
		let beginning = Buffer.concat(this.first.splice(0));
		while (beginning.length < most && !isEnough(beginning)) {
			const part = await this.next();
			if (!part) break;
			beginning = Buffer.concat([beginning, part]);
		}
		return beginning.subarray(0, most);
	}

	/** The whole file. The stream fails when the file is cut off or too large, so that nobody takes it for whole. */
	stream(): Stream {
		// A community node may not import node:stream.
		return this.body.constructor.from(this.all(), { objectMode: false });
	}

	/** The whole file in memory. Fails as `stream` does. */
	async collect(): Promise<Buffer> {
		const parts: Uint8Array[] = [];
		for await (const part of this.all()) parts.push(part);
		return Buffer.concat(parts);
	}

	private async *all(): AsyncGenerator<Uint8Array> {
		yield* this.first.splice(0);
		for (let part = await this.next(); part; part = await this.next()) yield part;
		// For no reader's eyes: who hands the file on asks for `end`.
		if (this.end !== 'whole') throw new Error(String(this.end));
	}

	/** The next part; undefined when the file has ended, in whatever way. */
	private async next(): Promise<Uint8Array | undefined> {
		if (this.end) return undefined;
		try {
			const { done, value } = await this.parts.next();
			if (done) this.end = 'whole';
			else {
				if (this.bytes < KEPT_BYTES) this.kept.push(value);
				this.bytes += value.length;
				this.onPart(value.length);
				if (this.bytes <= this.largestBytes) return value;
				this.end = 'tooLarge';
			}
		} catch {
			this.end = 'cut';
		}
		return undefined;
	}
}
