import type { ItemContext } from '../item/context';
import type { Account } from '../item/host';
import type { Service } from '../model/service';
import { credentialProblem } from './client';
import { outcomeError } from './errors';

/** The account behind an item. Throws a TaskError that names the mistake in the credential; nothing was sent. */
export async function accountOf(item: ItemContext, service: Service): Promise<Account> {
	const lost = await credentialProblem(item, service.connection);
	if (lost) throw await outcomeError(item, { service }, { lost }, { taskState: 'not-created', what: 'the request' });
	return await item.account(service.connection);
}
