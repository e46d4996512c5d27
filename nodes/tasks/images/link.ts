import type { ItemContext } from '../item/context';
import type { ImageHosts } from '../util/imageHosts';
import { quote } from '../util/text';
import { fetchImage, type Miss } from './fetch';
import { WEB_PAGE } from './formats';
import { ImageProblem } from './reference';
import { tryAgain } from './tries';

const HAND_OVER = 'with the HTTP Request node or the node of the service where it is, and hand over the file';

const VIEWER = `It may be a log-in page, or a page that shows the image, such as those of Google Drive, Dropbox and SharePoint. Use a direct download link, or download it ${HAND_OVER}.`;

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
	if (fetched.message) {
		const message = `${fetched.message}, or download it with HTTP Request and pass the file.`;
		return new ImageProblem(message, 'Nothing was sent to that address.');
	}
	const { problem, hint } = inputWords(fetched);
	return new ImageProblem(`${quote(url)} cannot be used: ${problem}`, hint);
}

/** The links of results expire, and their words say so; those of users lead to something else. */
function inputWords({ problem, again, httpStatus, instead }: Miss): { problem: string; hint: string } {
	if (instead === WEB_PAGE) return { problem, hint: VIEWER };
	if (httpStatus === 401 || httpStatus === 403) {
		return { problem: `it needs a log-in or is protected (HTTP ${httpStatus})`, hint: PROTECTED };
	}
	if (httpStatus === 404 || httpStatus === 410) {
		return { problem: `nothing is there (HTTP ${httpStatus})`, hint: NOTHING_THERE };
	}
	return { problem, hint: again ? OUT_OF_ORDER : UNREADABLE };
}
