import { createHash } from 'crypto';
import type { IDataObject } from 'n8n-workflow';

import type { ImageReference } from '../images/reference';
import type { ItemContext } from '../item/context';
import { fingerprintOf } from '../item/fingerprint';
import type { Endpoint } from '../model/service';
import { setAt } from '../util/bodyPath';
import { mergeBody } from './bodyRules';
import type { CreateRequest } from './submit';

/** The body by which a work is known: what the user has asked for, whatever is sent in its place. */
export function askedBody({ body, asked }: Pick<CreateRequest, 'body' | 'asked'>, extraBody: IDataObject): IDataObject {
	return mergeBody({ ...body, ...asked }, extraBody);
}

/**
 * A fingerprint of a request before its images are loaded. The same bytes are one image, whatever they are called and
 * however they are handed over. With `urlsWithoutQuery` a link that is signed anew each time stays the same image.
 */
export async function fingerprintWithImages(
	item: ItemContext,
	{ service, path }: Endpoint,
	request: CreateRequest,
	extraBody: IDataObject,
	{ urlsWithoutQuery = false } = {},
): Promise<string> {
	const contents = askedBody(request, extraBody);
	for (const { field, references } of request.images) {
		const digests: string[] = [];
		for (const reference of references) digests.push(await digestOf(item, reference, urlsWithoutQuery));
		setAt(contents, field.field, digests);
	}
	return fingerprintOf({ path, ...contents }, [service.idempotency?.field, service.callbackField]);
}

async function digestOf({ files }: ItemContext, reference: ImageReference, withoutQuery: boolean): Promise<string> {
	if (reference.kind === 'url') return withoutQuery ? beforeQuery(reference.url) : reference.url;
	if (reference.kind === 'path') return reference.path;
	const hash = createHash('sha256');
	if (reference.kind === 'base64') return hash.update(reference.base64, 'base64').digest('base64url');
	for await (const part of await files.readParts(reference.binary)) hash.update(part);
	return hash.digest('base64url');
}

function beforeQuery(url: string): string {
	const [start = ''] = url.split(/[?#]/, 1);
	return start;
}
