import { isHttpUrl } from '../http/download';
import { Fields } from '../http/fields';
import { invalid } from './errors';

/** Fewest and most photos of a user model (docs/services/aliyun-portrait.md, User model). */
const [fewest, most] = [8, 20];

/** The parameters of a request body, JSON as bytes; `known` are all that there are. */
export function parametersOf(
	body: Buffer,
	known: readonly string[],
): { fields: Fields; request: Record<string, unknown> } {
	let request: unknown;
	try {
		request = JSON.parse(body.toString('utf8'));
	} catch {
		throw invalid('The request body is not valid JSON');
	}
	return { fields: new Fields(request, known, invalid), request: request as Record<string, unknown> };
}

/** The paths in `img_set`. The same path may stand there more than once, as in the document's sample. */
export function imageSet(fields: Fields): string[] {
	const paths = fields.requiredTexts('img_set', 0, Infinity);
	if (paths.length >= fewest && paths.length <= most) return paths;
	throw invalid(`img_set must have ${fewest} to ${most} photos, but it has ${paths.length}`);
}

/** The optional `callback_url`; '' if there is none. */
export function callbackUrl(fields: Fields): string {
	const url = fields.text('callback_url');
	if (url !== '' && !isHttpUrl(url)) throw invalid(`callback_url is not a valid http(s) URL: ${url}`);
	return url;
}
