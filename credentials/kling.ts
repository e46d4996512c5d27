import { createHmac } from 'crypto';
import type { ICredentialDataDecryptedObject } from 'n8n-workflow';

/** Validity of a signed token, in s: from a minute ago, so that a fast clock does no harm, for half an hour. */
const NOT_BEFORE_S = 60;
const LIFETIME_S = 1800;

/**
 * The base URL as an n8n expression over the credential: a region, or one's own with a path prefix. A trailing slash
 * and a pasted `/v1` are forgiven (provider-apis.md 1.1).
 */
export const KLING_BASE_URL =
	'={{ $credentials.region === "custom" ? ($credentials.baseUrl || "").trim().replace(/[/]+$/, "").replace(/[/]v1$/i, "").replace(/[/]+$/, "") : $credentials.region === "beijing" ? "https://api-beijing.klingai.com" : "https://api-singapore.klingai.com" }}';

/** The same base URL, for requests that n8n's routing does not make. */
export function klingBaseUrl({ region, baseUrl }: ICredentialDataDecryptedObject): string {
	if (region !== 'custom') return region === 'beijing' ? 'https://api-beijing.klingai.com' : 'https://api-singapore.klingai.com';
	return String(baseUrl ?? '').trim().replace(/\/+$/, '').replace(/\/v1$/i, '').replace(/\/+$/, '');
}

/**
 * The value of the Authorization header: the API key as it is, or a token signed with access key and secret key
 * (provider-apis.md 1.2, 1.3). `nowMs` is the time of signing in ms since the epoch.
 */
export function klingAuthorization(credentials: ICredentialDataDecryptedObject, nowMs: number): string {
	const text = (name: string) => String(credentials[name] ?? '').trim();
	const token =
		credentials.authentication === 'accessKey'
			? signedToken(text('accessKey'), text('secretKey'), nowMs)
			: text('apiKey').replace(/^bearer\s+/i, '');
	return `Bearer ${token}`;
}

/** A JSON Web Token, HS256 over the secret key's UTF-8 bytes. */
function signedToken(accessKey: string, secretKey: string, nowMs: number): string {
	const now = Math.floor(nowMs / 1000);
	const head = encode({ alg: 'HS256', typ: 'JWT' });
	const claims = encode({ iss: accessKey, exp: now + LIFETIME_S, nbf: now - NOT_BEFORE_S });
	const signature = createHmac('sha256', secretKey).update(`${head}.${claims}`).digest('base64url');
	return `${head}.${claims}.${signature}`;
}

function encode(part: object): string {
	return Buffer.from(JSON.stringify(part)).toString('base64url');
}
