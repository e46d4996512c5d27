import { decodeJwt, errors, jwtVerify } from 'jose';

import type { Clock } from '../core/clock';
import type { Authorization } from '../core/journal';
import type { Account } from './account';
import { Refusal } from './errors';

/**
 * Longest life of a token in seconds, with a minute for the client's clock (docs/services/kling.md, JSON Web Token).
 */
const longestLife = 1800 + 60;

/** How a request tries to sign in; says nothing about whether it may. */
export function authorizationKind(header: string | undefined): Authorization {
	const token = tokenOf(header);
	if (token === '') return 'none';
	return token.split('.').length === 3 ? 'jwt' : 'key';
}

/** The account a request belongs to, by API key or by JWT (docs/services/kling.md, Authentication). */
export async function authenticate(
	header: string | undefined,
	accounts: readonly Account[],
	clock: Clock,
): Promise<Account> {
	const token = tokenOf(header);
	if (token === '') throw new Refusal(1001);
	if (!/^Bearer /i.test(header ?? '')) throw new Refusal(1002);
	if (authorizationKind(header) === 'jwt') return await verify(token, accounts, clock);
	const account = accounts.find(({ apiKey }) => apiKey === token);
	if (!account) throw new Refusal(1002, 'The token was expected to have 3 parts, but got 0');
	return account;
}

function tokenOf(header = ''): string {
	return header.replace(/^Bearer( |$)/i, '').trim();
}

async function verify(token: string, accounts: readonly Account[], clock: Clock): Promise<Account> {
	const account = accounts.find(({ accessKey }) => accessKey === issuerOf(token));
	if (!account) throw new Refusal(1002);
	const now = clock.now();
	try {
		const { payload } = await jwtVerify(token, new TextEncoder().encode(account.secretKey), {
			algorithms: ['HS256'],
			requiredClaims: ['iss', 'exp', 'nbf'],
			currentDate: new Date(now),
			clockTolerance: 0,
		});
		if (payload.exp! - now / 1000 > longestLife) throw new Refusal(1004);
	} catch (error) {
		throw refusalFor(error);
	}
	return account;
}

function issuerOf(token: string): unknown {
	try {
		return decodeJwt(token).iss;
	} catch {
		return undefined;
	}
}

function refusalFor(error: unknown): Refusal {
	if (error instanceof Refusal) return error;
	if (error instanceof errors.JWTExpired) return new Refusal(1004);
	const early =
		error instanceof errors.JWTClaimValidationFailed && error.claim === 'nbf' && error.reason === 'check_failed';
	return early ? new Refusal(1003) : new Refusal(1002);
}
