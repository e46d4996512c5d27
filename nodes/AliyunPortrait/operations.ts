import { aliyunBaseUrl } from '../../credentials/aliyun';
import { keylessNotice } from '../tasks/createOptions';
import * as declare from '../tasks/declare';
import type { NodeOperation, ReadDeclaration, SuspendDeclaration } from '../tasks/declare';
import type { TaskEndpoint } from '../tasks/provider';

/** Where requests go that n8n's routing does not make. */
export const service = { credential: 'aliyunMarketApi', baseUrl: aliyunBaseUrl };

/** The query that reads one task of either kind; n8n fills in the ID. */
const request: ReadDeclaration['request'] = {
	method: 'POST',
	url: '/cloud/aigc_task_query',
	body: { task_id: '={{ $parameter.taskId }}' },
};

type Names = Pick<ReadDeclaration, 'noun' | 'properties'>;

/** Create and Wait for Callback, which has the fields of Create. */
export function callbackOperation(
	endpoint: TaskEndpoint,
	{ fields, kind, ...declaration }: Pick<SuspendDeclaration, 'noun' | 'create' | 'fields' | 'kind'>,
): NodeOperation {
	const shown = [keylessNotice, ...fields];
	return declare.callbackOperation(endpoint, { ...declaration, fields: shown, options: [], kind: { ...kind, keyless: true }, service });
}

/** Get: one task; a failed task is an item. */
export function getOperation(endpoint: TaskEndpoint, names: Names): NodeOperation {
	return declare.getOperation(endpoint, { ...names, request, service, description: 'Read one task by its task ID' });
}

/** Wait for Completion: a task that exists already. */
export function waitOperation(endpoint: TaskEndpoint, names: Names): NodeOperation {
	const description = 'Wait until a task that exists already has ended, and return its result';
	return declare.waitOperation(endpoint, { ...names, request, description });
}
