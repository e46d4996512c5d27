import type { Endpoint } from '../core/service';
import type { Account } from './account';
import type { KlingApi } from './api';
import type { Resource } from './resource';

/** Endpoints, once there is something that does what they ask for. */
export type EndpointsOf = (api: KlingApi) => ReadonlyArray<Endpoint<Account>>;

/** The endpoints of a resource that tasks are created of: create, list and get. */
export function taskEndpoints<Wishes>(resource: Resource<Wishes>): EndpointsOf {
	const { name, path } = resource;
	return (api) => [
		{
			method: 'POST',
			path,
			on: 'create',
			resource: name,
			work: async (account, { body }) => await api.create(account, resource, body),
		},
		{
			method: 'GET',
			path,
			on: 'list',
			resource: name,
			work: (account, { query }, { gentle }) => api.list(account, name, query, gentle),
		},
		{
			method: 'GET',
			path: `${path}/:id`,
			on: 'get',
			resource: name,
			work: (account, { params }) => api.get(account, resource, params.id!),
		},
	];
}
