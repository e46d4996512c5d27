import type { IncomingHttpHeaders } from 'node:http';

import type { Authorization } from '../core/journal';
import type { Settings } from '../core/settings';
import { Refusal } from './errors';

/** How a request tries to sign in; says nothing about whether it may. */
export function authorizationKind(headers: IncomingHttpHeaders, { psAccount }: Settings): Authorization {
	if (headers[psAccount.headerName.toLowerCase()] !== undefined) return 'header';
	return headers.authorization === undefined ? 'none' : 'bearer';
}

/** Refuses a request without sign-in (401) or with a wrong one (403); the document names none, so `psAuth` decides. */
export function authenticate(headers: IncomingHttpHeaders, { psAuth, psAccount }: Settings): void {
	if (psAuth === 'none') return;
	const { token, headerName, headerSecret } = psAccount;
	const [given, wanted] =
		psAuth === 'bearer'
			? [headers.authorization, `Bearer ${token}`]
			: [headers[headerName.toLowerCase()], headerSecret];
	if (given === undefined) throw new Refusal(401, 'Unauthorized');
	if (given !== wanted) throw new Refusal(403, 'Forbidden');
}
