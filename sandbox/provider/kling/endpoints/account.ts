import type { Endpoint } from '../../core/service';
import type { Account } from '../account';
import type { KlingApi } from '../api';
import { authorizationKind } from '../auth';
import type { LedgerKind } from '../ledger-query';
import type { EndpointsOf } from '../task-endpoints';

/** What an account has, and what its tasks cost (docs/services/kling.md, Account). */
export const account: EndpointsOf = (api) => [
	{
		method: 'GET',
		path: '/account/costs',
		on: 'list',
		resource: 'costs',
		work: (customer, { query }) => api.assets.costs(customer, query),
	},
	ledger(api, 'package'),
	ledger(api, 'balance'),
];

function ledger(api: KlingApi, kind: LedgerKind): Endpoint<Account> {
	return {
		method: 'POST',
		path: `/account/billing/${kind}`,
		on: 'list',
		resource: `billing-${kind}`,
		work(customer, { headers, body }) {
			const signed = authorizationKind(headers.authorization) === 'jwt';
			return api.assets.ledger(customer, kind, body, signed);
		},
	};
}
