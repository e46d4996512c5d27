import type { ItemContext } from '../item/context';
import type { Account } from '../item/host';
import type { Failure } from '../model/errors';
import type { Service } from '../model/service';
import { credentialProblem } from './client';
import { outcomeError } from './errors';

/** What is known of the task that the account is needed for. */
type KnownTask = Pick<Failure, 'taskState' | 'taskId'>;

/** The account behind an item. Throws a TaskError that names the mistake in the credential; nothing was sent. */
export async function accountOf(
	item: ItemContext,
	service: Service,
	known: KnownTask = { taskState: 'not-created' },
): Promise<Account> {
	const lost = await credentialProblem(item, service.connection);
	if (lost) throw await outcomeError(item, { service }, { lost }, { ...known, what: 'to answer' });
	return await item.account(service.connection);
}
