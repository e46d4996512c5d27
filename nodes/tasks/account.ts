import { createHash } from 'crypto';

import type { ItemExchange } from './exchange';

/**
 * A key for the account behind an exchange: a hash of the resolved credential and the base URL. What the process
 * learns of an account (room for tasks, how long they take, who waits) is shared under it; the credential's ID would
 * not do, since a credential can be changed, and two can hold the same account.
 */
export async function accountOf(exchange: ItemExchange): Promise<string> {
	exchange.account ??= hashOfCredential(exchange);
	return await exchange.account;
}

async function hashOfCredential({ context, declared }: ItemExchange): Promise<string> {
	const [type] = Object.keys(context.getNode().credentials ?? {});
	const credential = type === undefined ? {} : await context.getCredentials(type);
	const { baseURL } = declared.options;
	return createHash('sha256').update(JSON.stringify([baseURL, credential])).digest('base64url');
}
