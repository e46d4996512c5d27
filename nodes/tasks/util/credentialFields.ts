import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

/** What a header's value and name may hold. */
const PRINTABLE = /^[ -~]*$/;
const TOKEN = /^[\w!#$%&'*+.^`|~-]+$/;

/** What is copied along with a key: the end of a line, what shows nowhere, the quotes of a program. */
const LINE_BREAK = /[\n\r\v\f\u0085\u2028\u2029]/;
const INVISIBLE = /(?! )[\p{Cc}\p{Cf}\p{Z}]/u;
const QUOTES = /^["'`‘’“”«»]|["'`‘’“”«»]$/;

/** What stands between two keys. No key holds any of them. */
const BETWEEN_KEYS = /[ |,;:，；：、]/;

/** A token may begin with its own number, as those of Laravel do: `12|abc…` is one. */
const NUMBERED = /^\d{1,6}\|/;

/** An error thrown before anything was sent: what is wrong, and what to do about it. */
export interface UnsentError extends Error {
	unsent: true;
	/** Without a full stop, at most 90 characters. */
	headline: string;
	/** Whole sentences. */
	fix: string;
}

/**
 * Makes one. Its message says both, since n8n's credential test shows nothing else; it has no `code`, which would be
 * shown in place of the message. The headline names fields, never their values.
 */
export function unsentError(headline: string, fix: string): UnsentError {
	return Object.assign(new Error(`${headline}. ${fix}`), { unsent: true as const, headline, fix });
}

/** A field of a credential as text without white space around it; '' when it is not set. */
export function credentialText(credentials: ICredentialDataDecryptedObject, field: string): string {
	return String(credentials[field] ?? '').trim();
}

/** What is in a text that shows nowhere, or ends a line, as in "a line break"; undefined where there is nothing of it. */
export function hiddenIn(text: string): string | undefined {
	if (LINE_BREAK.test(text)) return 'a line break';
	const [found] = INVISIBLE.exec(text) ?? [];
	if (found === undefined) return undefined;
	const code = (found.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
	return found === '\t' ? 'a tab' : `an invisible character (U+${code})`;
}

type RequiredField = [
	credentials: ICredentialDataDecryptedObject,
	field: string,
	label: string,
	clean?: (text: string) => string,
];

/**
 * A field that must be filled in, with what a header can carry; throws an unsentError that names it by its label, and
 * what it contains. `clean` removes what is often pasted with it.
 */
export function requiredForHeader(...field: RequiredField): string {
	return printable(field, checked(field, 'value'));
}

/** The same for a key, which is one word: throws an unsentError for two of them as well. */
export function requiredKey(...field: RequiredField): string {
	return printable(field, checked(field, 'key'));
}

/** The same for a key that is never sent, so that it may hold any letters. */
export function requiredSecret(...field: RequiredField): string {
	return checked(field, 'key');
}

function checked([credentials, field, label, clean = (text) => text]: RequiredField, noun: 'key' | 'value'): string {
	const text = clean(credentialText(credentials, field));
	const name = `The field ${label} of the credential`;
	if (text === '') throw unsentError(`${name} is empty`, 'Fill it in.');
	const hidden = hiddenIn(text);
	if (hidden) throw unsentError(`${name} contains ${hidden}`, COPY[noun]);
	if (QUOTES.test(text)) {
		throw unsentError(`${name} stands in quotes`, 'Enter it without them.');
	}
	const [between] = noun === 'key' ? (BETWEEN_KEYS.exec(text.replace(NUMBERED, '')) ?? []) : [];
	if (between === undefined) return text;
	const sign = between === ' ' ? 'a space' : `"${between}"`;
	throw unsentError(`${name} holds two keys, with ${sign} between them`, 'Enter each one in a field of its own.');
}

const COPY = {
	key: 'Copy it again, in one line and by itself; if these are two keys, enter each one in a field of its own.',
	value: 'Copy it again, in one line and by itself.',
};

function printable([, , label]: RequiredField, text: string): string {
	if (PRINTABLE.test(text)) return text;
	throw unsentError(`The field ${label} of the credential holds a letter that cannot be sent`, 'Copy it again.');
}

/** The value of an Authorization header with a token from a required field; a pasted `Bearer ` is forgiven. */
export function bearerToken(credentials: ICredentialDataDecryptedObject, field: string, label: string): string {
	const token = requiredKey(credentials, field, label, (text) =>
		text.replace(/^(authorization:\s*)?bearer(\s+|$)/i, ''),
	);
	return `Bearer ${token}`;
}

/** The user's own header of a credential, from `headerName` and `headerSecret`. */
export function ownHeader(credentials: ICredentialDataDecryptedObject): Record<string, string> {
	const text = credentialText(credentials, 'headerName');
	const name = text.endsWith(':') ? text.slice(0, -1).trim() : text;
	if (name === '') throw unsentError('The field Header Name of the credential is empty', 'Fill it in.');
	if (!TOKEN.test(name)) {
		throw unsentError(
			'The field Header Name of the credential is not the name of a header',
			'It has no spaces and no colon, as in X-API-Key.',
		);
	}
	return { [name]: requiredForHeader(credentials, 'headerSecret', 'Header Value') };
}
