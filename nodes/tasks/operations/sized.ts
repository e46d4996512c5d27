import type { IDataObject } from 'n8n-workflow';

import type { Size } from '../images/header';
import { measure } from '../images/measure';
import type { ImageReference } from '../images/reference';
import { refuseInput, type ItemContext } from '../item/context';
import type { Settings } from '../item/settings';
import type { Connection, Endpoint } from '../model/service';
import type { Problem } from '../submit/bodyRules';
import type { CreateRequest } from '../submit/submit';

/** A request that depends on the size of one of its images. */
export interface SizedRequest {
	/** The image's field of the body. */
	field: string;
	/** Whether this request depends on it. */
	isWanted(body: IDataObject): boolean;
	/**
	 * The request for an image of this size, upright and in pixels, and the aspect ratio that its results should have; or
	 * why there is none.
	 */
	complete(body: IDataObject, size: Size): { body: IDataObject; aspectRatio: string } | { problem: Problem };
	/** What to say where the size of a link's image, or of a file, cannot be told. */
	unreadable: { link: string; file: string };
}

type MakeRequest = () => CreateRequest | Promise<CreateRequest>;

/**
 * The request of an item once the size of its image is known. A file is measured at once; a link while other items are
 * checked, so that `checking` has yet to settle. The settings get the shape that the images should have.
 */
export async function sizedRequest(
	item: ItemContext,
	{ service }: Endpoint,
	settings: Settings,
	sized: SizedRequest,
	made: CreateRequest,
	request: MakeRequest,
): Promise<{ checking: Promise<unknown>; request: MakeRequest }> {
	const reference = made.images.find(({ field }) => field.field === sized.field)?.references[0];
	if (!reference) return { checking: Promise.resolve(), request };
	const measuring = measured(item, service.connection, sized, made, reference).then(({ size, aspectRatio }) => {
		settings.aspectRatio = aspectRatio;
		return size;
	});
	// Told when the check is settled.
	measuring.catch(() => undefined);
	if (reference.kind !== 'url') await measuring;
	return { checking: measuring, request: async () => withSize(await request(), sized, await measuring) };
}

/** The size of the image, if it makes a request. A function of its own: what outlives it must not hold the request. */
async function measured(
	item: ItemContext,
	connection: Connection,
	sized: SizedRequest,
	{ body }: CreateRequest,
	reference: ImageReference,
): Promise<{ size: Size; aspectRatio: string }> {
	const size = await measure(item, connection, reference);
	if ('reason' in size) {
		const message = reference.kind === 'url' ? sized.unreadable.link : sized.unreadable.file;
		refuseInput(item, message, `The reason: ${size.reason}. ${size.hint ?? 'Nothing was sent.'}`);
	}
	const completed = sized.complete(body, size);
	if ('problem' in completed) refuseInput(item, completed.problem.message, completed.problem.hint);
	return { size, aspectRatio: completed.aspectRatio };
}

/** The request as it is sent, and what it is known by: what the user has asked for, however the image is measured. */
function withSize(request: CreateRequest, sized: SizedRequest, size: Size): CreateRequest {
	const completed = sized.complete(request.body, size);
	if ('problem' in completed) return request;
	return { ...request, body: completed.body, asked: difference(completed.body, request.body) };
}

/** The fields of a body as they were before; `undefined` for those that were not there. */
function difference(after: IDataObject, before: IDataObject): IDataObject {
	const keys = new Set([...Object.keys(after), ...Object.keys(before)]);
	return Object.fromEntries([...keys].filter((key) => after[key] !== before[key]).map((key) => [key, before[key]]));
}
