import type { IBinaryData, INodeExecutionData } from 'n8n-workflow';

import type { FileStore } from '../item/host';
import { Limiter } from '../util/limiter';
import { asRecord, headOfBase64 } from '../util/parse';
import { cut, quote, said } from '../util/text';
import { imageTypeOf, SIGNATURE_BYTES } from './formats';
import { isBinary } from './objects';

/** A file of an item, under the name of its field. */
export interface NamedBinary {
	name: string;
	binary: IBinaryData;
}

/** Where n8n's combined mode keeps the files of nodes that know only binary fields. */
const FILES_IN_JSON = '_files';

/** Objects and arrays of the JSON within which a file is looked for. */
const DEEPEST_FILE = 4;

/** Longest list of names in a hint, in characters: what an entry may be stands in it too. */
const LONGEST_NAMES = 90;

/** Stored files that are looked into at once. */
const LOOKS_AT_ONCE = 16;

const looks = new Limiter(LOOKS_AT_ONCE);

/** Endings of the names of images. */
const IMAGE_ENDINGS = /\.(?:jpe?g|jfif|png|webp|gif|heic|heif|avif)$/i;

/** Labels that say nothing: what object stores, chats and n8n itself put where they do not know. */
const GENERIC_TYPES = [
	'',
	'*/*',
	'application/binary',
	'application/download',
	'application/force-download',
	'application/octet-stream',
	'application/unknown',
	'application/x-binary',
	'application/x-download',
	'application/x-octet-stream',
	'binary/octet-stream',
	'text/plain',
	'unknown/unknown',
];

/** Longest MIME type that is looked at, in characters. */
const LONGEST_TYPE = 200;

/** The binary fields of an item, in field order. In n8n's combined mode they are values of the JSON. */
export class BinaryFields {
	readonly all: NamedBinary[];
	/** By name; in the combined mode also by path, and the files within an object or array by its name. */
	private readonly named = new Map<string, NamedBinary[]>();

	/** Files that n8n stores are looked into with `files`. */
	constructor(
		item: INodeExecutionData,
		combined: boolean,
		private readonly files?: Pick<FileStore, 'readParts'>,
		private readonly signal?: AbortSignal,
	) {
		if (combined) this.addJson(item.json);
		for (const [name, binary] of Object.entries(item.binary ?? {})) {
			if (isBinary({ ...binary, mimeType: binary.mimeType ?? '' })) this.named.set(name, [{ name, binary }]);
		}
		this.all = [...new Set([...this.named.values()].flat())];
	}

	/** The file of this name, or the files of a list; undefined where there is none. */
	get(name: string): NamedBinary[] | undefined {
		return this.named.get(name);
	}

	/** The item's own files that say all that `told` says; n8n leaves out the bytes where it hands out `$binary`. */
	like(told: object): NamedBinary[] {
		const facts = Object.entries(told).filter(([, fact]) => typeof fact !== 'object');
		return this.all.filter(({ binary }) => facts.every(([key, fact]) => asRecord(binary)[key] === fact));
	}

	/** All images of the item, in field order. */
	async images(): Promise<NamedBinary[]> {
		return await this.imagesAmong(this.all);
	}

	/** The only image of the item: of those whose label says image, or else of those whose bytes say so. */
	async soleImage(): Promise<NamedBinary | undefined> {
		const labelled = this.all.filter(({ binary }) => saysImage(binary));
		const images = labelled.length > 0 ? labelled : await this.images();
		return images.length === 1 ? images[0] : undefined;
	}

	/** Those whose label says image, and those whose label says nothing and whose first bytes are an image's. */
	async imagesAmong(files: NamedBinary[]): Promise<NamedBinary[]> {
		const are = await Promise.all(
			files.map(async ({ binary }) => saysImage(binary) || (await this.looksLikeImage(binary))),
		);
		return files.filter((_, index) => are[index]);
	}

	/** The fields, for a hint. */
	listed(): string {
		if (this.all.length === 0) return 'The item has no binary fields.';
		const names = this.all.map(({ name, binary }) => `${quote(name)} (${binary.mimeType || 'no type'})`);
		return `The item has these binary fields: ${cut(said(names.join(', ')), LONGEST_NAMES)}.`;
	}

	private async looksLikeImage(binary: IBinaryData): Promise<boolean> {
		if (!GENERIC_TYPES.includes(bareType(binary))) return false;
		// In n8n's memory the bytes are base64; elsewhere `data` is the name of the storage.
		if (!binary.id) return imageTypeOf(headOfBase64(binary.data)) !== undefined;
		const { files } = this;
		const look = files && looks.run(async () => await headOf(files, binary), this.signal);
		const head = await look?.catch(() => undefined);
		// Where nothing is to be seen, loading it says why.
		return head === undefined || imageTypeOf(head) !== undefined;
	}

	private addJson({ [FILES_IN_JSON]: files, ...json }: INodeExecutionData['json']): void {
		for (const part of [json, asRecord(files)]) {
			for (const [key, value] of Object.entries(part)) if (isObject(value)) this.add(value, key, 1);
		}
		for (const key of Object.keys(asRecord(files))) {
			const found = this.named.get(key);
			if (found) this.named.set(`${FILES_IN_JSON}.${key}`, found);
		}
	}

	/** Adds the files in a value of the JSON, and gives them. */
	private add(value: object, path: string, depth: number): NamedBinary[] {
		if (depth > DEEPEST_FILE) return [];
		const found = isBinary(value) ? [{ name: path, binary: value }] : this.addParts(value, path, depth);
		if (found.length > 0) this.named.set(path, found);
		return found;
	}

	private addParts(value: object, path: string, depth: number): NamedBinary[] {
		const within = (part: unknown, place: string) => (isObject(part) ? this.add(part, path + place, depth + 1) : []);
		return Array.isArray(value)
			? value.flatMap((part, index) => within(part, `[${index}]`))
			: Object.entries(value).flatMap(([key, part]) => within(part, `.${key}`));
	}
}

function isObject(value: unknown): value is object {
	return typeof value === 'object' && value !== null;
}

function saysImage(binary: IBinaryData): boolean {
	const { fileExtension = '', fileName = '' } = binary;
	return (
		bareType(binary).startsWith('image/') ||
		IMAGE_ENDINGS.test(String(fileName).slice(-LONGEST_TYPE)) ||
		IMAGE_ENDINGS.test(`.${String(fileExtension).slice(-LONGEST_TYPE)}`)
	);
}

/** A MIME type without its case and its parameters. */
function bareType({ mimeType }: IBinaryData): string {
	const [type = ''] = String(mimeType ?? '')
		.slice(0, LONGEST_TYPE)
		.split(';', 1);
	return type.trim().toLowerCase();
}

/** The first bytes of a stored file. */
async function headOf(files: Pick<FileStore, 'readParts'>, binary: IBinaryData): Promise<Buffer> {
	let head = Buffer.alloc(0);
	for await (const part of await files.readParts(binary)) {
		head = Buffer.concat([head, part]);
		if (head.length >= SIGNATURE_BYTES) break;
	}
	return head;
}
