import { PROXY_SETTINGS } from '../http/network';
import type { ItemContext } from '../item/context';
import type { ImageHosts } from '../util/imageHosts';
import { quote } from '../util/text';
import { fetchImage, type Miss } from './fetch';
import { WEB_PAGE } from './formats';
import { ImageProblem } from './reference';
import { tryAgain } from './tries';

const HAND_OVER = 'with HTTP Request or the node of its service (Google Drive, Dropbox …) and hand over the file';

const VIEWER = `It may be a log-in page, or one that shows the image. Use a direct download link, or download it ${HAND_OVER}.`;

const PRIVATE =
	'Add its host to Private Image Hosts in the credential, or download it with HTTP Request and pass the file. Nothing was sent to that address.';

const PROXY = `Check the proxy: ${PROXY_SETTINGS}.`;

const PROTECTED = `Download it ${HAND_OVER}: that node can log in, or send the Referer that the server asks for.`;

const NOTHING_THERE =
	'The file may have been moved or deleted. Open the address in a browser, without being logged in.';

const UNREADABLE = `Check the address in a browser. Use that of the image itself, or download it ${HAND_OVER}.`;

const OUT_OF_ORDER = `Try again later, or download it ${HAND_OVER}.`;

/**
 * Fetches an image whose link the user gave, without a credential, in as many tries as a result gets. The problem that it
 * returns says what came in its place, and how else the image can be handed over.
 */
export async function fetchLink(item: ItemContext, hosts: ImageHosts, url: string): Promise<Buffer | ImageProblem> {
	const fetched = await tryAgain(item, async () => await fetchImage(item, hosts, url));
	if ('bytes' in fetched) return fetched.bytes;
	const { problem, hint } = inputWords(fetched);
	return ImageProblem.atLink(problem, `${quote(url)} cannot be used. ${hint}`, fetched.httpStatus);
}

/** The words for a link of the user's. Those of results expire, and a miss says so; the user's lead to something else. */
export function inputWords({ problem, again, httpStatus, instead, isPrivate, isProxy }: Miss): {
	problem: string;
	hint: string;
} {
	if (isPrivate) return { problem, hint: PRIVATE };
	if (isProxy) return { problem, hint: PROXY };
	if (instead === WEB_PAGE) return { problem, hint: VIEWER };
	if (httpStatus === 401 || httpStatus === 403) {
		return { problem: 'the link needs a log-in or is protected', hint: PROTECTED };
	}
	if (httpStatus === 404 || httpStatus === 410) {
		return { problem: 'the link leads to nothing', hint: NOTHING_THERE };
	}
	return { problem, hint: again ? OUT_OF_ORDER : UNREADABLE };
}
