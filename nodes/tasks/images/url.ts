/** Longest URL, in characters: what is longer is no address. */
export const LONGEST_URL = 64 * 1024;

/** What RFC 3986 allows in no part of a URL but as %XX; brackets stand in hosts alone. */
const NOT_ALLOWED = /[^\w.~:/?#@!$&'()*+,;=%-]+/g;

/** A percent sign that encodes nothing. */
const LONE_PERCENT = /%(?![\da-f]{2})/gi;

/** Half of a character: it cannot be encoded. */
const LONE_SURROGATE = /\p{Surrogate}/gu;

/**
 * An `http(s)` URL as it may be sent (RFC 3986, 2.1 and 2.4): what is not allowed in it is percent-encoded as UTF-8, what
 * is encoded stays, and a host of other letters is written in ASCII. A URL that is valid stays as it is, byte for byte, since
 * it may be signed. Undefined when no host can be read in it. The text must not be longer than LONGEST_URL.
 */
export function encodedUrl(text: string): string | undefined {
	// Browsers leave these out as well: they come from lines that were wrapped.
	const line = text.replace(/[\t\n\r]/g, '');
	const [scheme = '', rest = ''] = line.split(/(?<=^https?:\/\/)/i);
	const authorityEnd = rest.search(/[/?#]/);
	const authority = authorityEnd < 0 ? rest : rest.slice(0, authorityEnd);
	const path = rest
		.slice(authority.length)
		.replace(LONE_SURROGATE, '\ufffd')
		.replace(LONE_PERCENT, '%25')
		.replace(NOT_ALLOWED, encodeURIComponent);
	const url = `${scheme}${authority}${path}`;
	if (!URL.canParse(url)) return undefined;
	if (/^[!-~]*$/.test(authority)) return url;
	const { username, password, host } = new URL(url);
	const user = username && `${username}${password && `:${password}`}@`;
	return `${scheme}${user}${host}${path}`;
}
