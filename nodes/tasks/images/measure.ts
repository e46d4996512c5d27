import { createHash } from 'crypto';
import type { IDataObject } from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import type { Connection } from '../model/service';
import { Limiter } from '../util/limiter';
import { asRecord } from '../util/parse';
import { textOfError } from '../util/text';
import { fetchBeginning, lost } from './fetch';
import { headerOf, uprightSize, type Size } from './header';
import { inspect, type Inspected } from './inspect';
import { inputWords } from './link';
import { ImageProblem, type ImageReference } from './reference';

/** Links whose images are measured at once. */
const LINKS_AT_ONCE = 8;

/** Bytes that are waited for in any case: in a PNG the orientation stands behind the size. */
const LEAST_BYTES = 16 * 1024;

const links = new Limiter(LINKS_AT_ONCE);

/**
 * The size of an image as it is to be shown. Of a link only the beginning is fetched, from the addresses that the
 * connection allows; of a file nothing but the beginning is held. Gives the reason where the size cannot be told, and what
 * to do about it as far as that is known.
 */
export async function measure(
	item: ItemContext,
	connection: Connection,
	reference: ImageReference,
): Promise<Size | Unmeasured> {
	if (reference.kind === 'path') return { reason: 'it is a path on the server of the service' };
	if (reference.kind === 'url') return await measureLink(item, connection, reference.url);
	const inspected = await inspectReference(item, reference);
	if (inspected instanceof ImageProblem) return { reason: `it ${inspected.message}`, hint: inspected.hint };
	return uprightSize(inspected.header) ?? unknownHeader;
}

/** Why the size of an image cannot be told. */
interface Unmeasured {
	reason: string;
	hint?: string;
}

/** What the header does not tell, such as that of a HEIC, or of a file that is cut off early. */
const unknownHeader: Unmeasured = { reason: 'its header does not tell it' };

async function measureLink(item: ItemContext, connection: Connection, url: string): Promise<Size | Unmeasured> {
	const { imageHosts } = await item.account(connection);
	const isEnough = (beginning: Buffer) =>
		beginning.length >= LEAST_BYTES && uprightSize(headerOf(beginning)) !== undefined;
	const fetching = links.run(async () => await fetchBeginning(item, imageHosts, url, isEnough), item.signal);
	const fetched = (await fetching) ?? lost;
	const known = knownSizes(item);
	if ('beginning' in fetched) {
		const size = uprightSize(headerOf(fetched.beginning));
		if (size) known.keep(url, size);
		return size ?? unknownHeader;
	}
	const { problem: reason, hint } = inputWords(fetched);
	return known.get(url) ?? { reason, hint };
}

/** Sizes that n8n's memory of a node keeps. */
const MOST_SIZES = 1_000;

/** Their key in that memory. */
const KEY = 'imageSizes';

/** The sizes of links that this execution has measured. A retry has them too, when the link has expired by then. */
function knownSizes({ memory }: ItemContext) {
	const kept = memory() ?? {};
	const sizes = asRecord(kept[KEY]);
	const idOf = (url: string) => createHash('sha256').update(url).digest('base64url').slice(0, 16);
	return {
		get(url: string): Size | undefined {
			const { width, height } = asRecord(sizes[idOf(url)]);
			return typeof width === 'number' && typeof height === 'number' ? { width, height } : undefined;
		},
		keep(url: string, size: Size): void {
			if (Object.keys(sizes).length < MOST_SIZES) sizes[idOf(url)] = size;
			kept[KEY] = sizes as IDataObject;
		},
	};
}

/** An image that the node holds. */
export type HeldImage = Extract<ImageReference, { kind: 'binary' | 'base64' }>;

/** Looks at an image that the node holds. Gives a problem, to follow its name, where n8n's storage does not hand it out. */
export async function inspectReference(
	{ files }: ItemContext,
	reference: HeldImage,
): Promise<Inspected | ImageProblem> {
	const binary = reference.kind === 'binary' ? reference.binary : { data: reference.base64, mimeType: '' };
	try {
		return await inspect(await files.readParts(binary));
	} catch (error) {
		const hint = "n8n's storage of files does not give it. Run the node before again.";
		return new ImageProblem('cannot be read', hint, undefined, { said: textOfError(error) });
	}
}
