import type { Endpoint } from '../core/service';
import type { AliyunAccount } from './account';
import type { AliyunApi } from './api';
import { headerOf } from './gateway/string-to-sign';

/** The five endpoints (docs/services/aliyun-portrait.md). */
export function endpointsOf(api: AliyunApi): ReadonlyArray<Endpoint<AliyunAccount>> {
	return [
		{
			method: 'POST',
			path: '/cloud/upload_file',
			on: 'upload',
			resource: 'photo',
			work: async (account, { body, headers }) => await api.upload(account, body, headerOf(headers, 'content-type')),
		},
		{
			method: 'POST',
			path: '/cloud/aigc_user_model_create',
			on: 'create',
			resource: 'userModel',
			work: (account, { body }) => api.createUserModel(account, body),
		},
		{
			method: 'GET',
			path: '/cloud/aigc_product_brief_query',
			on: 'list',
			resource: 'style',
			work: () => api.styles(),
		},
		{
			method: 'POST',
			path: '/cloud/aigc_task_create',
			on: 'create',
			resource: 'portrait',
			work: (account, { body }) => api.createPortrait(account, body),
		},
		{
			method: 'POST',
			path: '/cloud/aigc_task_query',
			on: 'get',
			resource: ({ body }) => api.resourceOfQuery(body),
			work: (account, { body }) => api.query(account, body),
		},
	];
}
