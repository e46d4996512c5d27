import type { ItemContext } from '../item/context';
import type { Service } from '../model/service';
import { withoutUndefined, withWarning, type Task } from '../model/task';

/** What a task says whose service gives something else than a link; the image is not lost, but cannot be fetched. */
export const PATH_WARNING = 'The service returned a path, not a link';

/**
 * The link that a service means by what it gives for an image: one as it is, to the byte; `//host/…` by https; `/…` on the
 * server of the base URL. Undefined for anything else, such as a path on the service's machine.
 */
export function linkIn(text: string, baseUrl: string): string | undefined {
	if (/^https?:\/\//i.test(text)) return text;
	const link = text.startsWith('//') ? `https:${text}` : text.startsWith('/') ? `${originOf(baseUrl)}${text}` : '';
	return URL.canParse(link) ? link : undefined;
}

function originOf(baseUrl: string): string {
	return URL.canParse(baseUrl) ? new URL(baseUrl).origin : '';
}

/** The task with links to its images as far as there are some, for items that do not carry the files. */
export async function withLinks(item: ItemContext, { connection }: Service, task: Task): Promise<Task> {
	const given = task.images.flatMap(({ url, watermarkUrl }) => [url, ...(watermarkUrl ? [watermarkUrl] : [])]);
	if (given.every((text) => linkIn(text, '') === text)) return task;
	const { baseUrl } = await item.account(connection);
	const asLink = (text: string) => linkIn(text, baseUrl) ?? text;
	const images = task.images.map(({ url, watermarkUrl, ...image }) =>
		withoutUndefined({ ...image, url: asLink(url), watermarkUrl: watermarkUrl && asLink(watermarkUrl) }),
	);
	const linked = { ...task, images };
	return given.some((text) => linkIn(text, baseUrl) === undefined) ? withWarning(linked, PATH_WARNING) : linked;
}
