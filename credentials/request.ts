import type { ICredentialDataDecryptedObject, IDataObject, IHttpRequestOptions } from 'n8n-workflow';

/** A request as authenticate() gets it; n8n's HTTP Request node says `uri`, `form` and `formData`. */
export type DeclaredRequest = Omit<IHttpRequestOptions, 'url'> & {
	url?: string;
	uri?: string;
	form?: unknown;
	formData?: unknown;
};

/** What a header's value and name may hold. */
const PRINTABLE = /^[ -~]*$/;
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/**
 * An error thrown before anything was sent. It carries `unsent: true` and no `code`: n8n's credential test would show
 * the code in place of the message. The message names fields, never their values.
 */
export function unsentError(message: string): Error & { unsent: true } {
	return Object.assign(new Error(message), { unsent: true as const });
}

/** A field of a credential as text without white space around it; '' when it is not set. */
export function textOf(credentials: ICredentialDataDecryptedObject, field: string): string {
	return String(credentials[field] ?? '').trim();
}

/** A field that must be filled in; throws an unsentError that names it by its label. `clean` removes what was pasted too much. */
export function required(
	credentials: ICredentialDataDecryptedObject,
	field: string,
	label: string,
	clean = (text: string) => text,
): string {
	const text = clean(textOf(credentials, field));
	if (text === '') throw unsentError(`The field ${label} of the credential is empty. Fill it in.`);
	return text;
}

/** A required field that travels in a header; throws an unsentError for characters that a header cannot carry. */
export function requiredForHeader(...field: Parameters<typeof required>): string {
	const text = required(...field);
	if (PRINTABLE.test(text)) return text;
	throw unsentError(`The field ${field[2]} of the credential holds a line break or a letter that cannot be sent. Copy it again.`);
}

/** The header of one's own of a credential, from `headerName` and `headerSecret`. */
export function ownHeader(credentials: ICredentialDataDecryptedObject): Record<string, string> {
	const name = required(credentials, 'headerName', 'Header Name', (text) => text.replace(/\s*:$/, ''));
	if (!TOKEN.test(name)) {
		throw unsentError('The field Header Name of the credential is not the name of a header. It has no spaces and no colon, as in X-API-Key.');
	}
	return { [name]: requiredForHeader(credentials, 'headerSecret', 'Header Value') };
}

/** The address a request goes to, put together as axios does it. Throws an unsentError about the base URL. */
export function addressOf(request: DeclaredRequest): URL {
	const target = request.url ?? request.uri ?? '';
	const base = String(request.baseURL ?? '').trim();
	const absolute = /^([a-z][a-z\d+.-]*:)?\/\//i.test(target);
	if (base === '' && !absolute) throw unsentError('The field Base URL of the credential is empty. Fill it in.');
	const full = absolute || base === '' ? target : target === '' ? base : `${base.replace(/\/?\/$/, '')}/${target.replace(/^\/+/, '')}`;
	if (!/^https?:\/\//i.test(full) || !URL.canParse(full)) {
		throw unsentError('The field Base URL of the credential is not an address. It begins with https://.');
	}
	return new URL(full);
}

/** The value of a header in any case of its name, without white space around it; of several the last, as axios takes it. */
export function headerOf(request: DeclaredRequest, name: string): string {
	const found = Object.entries(request.headers ?? {}).filter(([key]) => key.toLowerCase() === name.toLowerCase());
	return String(found.at(-1)?.[1] ?? '').trim();
}

/** The headers of a request with others set, and none of them twice in another case. `undefined` removes one. */
export function mergeHeaders(request: DeclaredRequest, changes: Record<string, string | undefined>): IDataObject {
	const changed = new Set(Object.keys(changes).map((name) => name.toLowerCase()));
	const kept = Object.entries(request.headers ?? {}).filter(([name]) => !changed.has(name.toLowerCase()));
	const set = Object.entries(changes).filter(([, value]) => value !== undefined);
	return Object.fromEntries([...kept, ...set]);
}
