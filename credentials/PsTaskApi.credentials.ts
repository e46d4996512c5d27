import type {
	IAuthenticate,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

import { PS_TASK_BASE_URL, psTaskConnection, privateImageHosts } from '../nodes/PsTask/auth';
import { PS_FAILING_STATUSES, PS_TEST_RULES } from '../nodes/PsTask/errors';

export class PsTaskApi implements ICredentialType {
	name = 'psTaskApi';

	displayName = 'PS Task API';

	icon = { light: 'file:../icons/psTask.svg', dark: 'file:../icons/psTask.dark.svg' } as const;

	documentationUrl = 'https://github.com/n8n-nodes-kling-aliyun/n8n-nodes-kling-aliyun#readme';

	properties: INodeProperties[] = [
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://ps.example.com',
			description:
				'Address of the service, with a path prefix if it has one, without /ps_tasks. If the test shows a code such as ENOTFOUND or ECONNREFUSED, nothing answers there: check host and port.',
		},
		{
			displayName: 'Authentication',
			name: 'authentication',
			type: 'options',
			options: [
				{ name: 'None', value: 'none' },
				{ name: 'Bearer Token', value: 'bearer' },
				{ name: 'Header', value: 'header', description: 'A header of your own' },
			],
			default: 'none',
			description: 'The service itself asks for nothing; a proxy in front of it may',
		},
		{
			displayName: 'Token',
			name: 'token',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			displayOptions: { show: { authentication: ['bearer'] } },
			description: 'Sent in the Authorization header behind the word Bearer',
		},
		{
			displayName: 'Header Name',
			name: 'headerName',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. X-API-Key',
			displayOptions: { show: { authentication: ['header'] } },
		},
		{
			displayName: 'Header Value',
			name: 'headerSecret',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			displayOptions: { show: { authentication: ['header'] } },
			description: 'Sent as it is',
		},
		privateImageHosts,
	];

	authenticate: IAuthenticate = async (credential, request): Promise<IHttpRequestOptions> =>
		psTaskConnection.authenticate(credential, request);

	// Asks for a task that does not exist: the service's own "not found", as 404 or 500, proves that it is there.
	test: ICredentialTestRequest = {
		request: {
			baseURL: PS_TASK_BASE_URL,
			url: '/ps_tasks/result/n8n-credential-test',
			disableFollowRedirect: true,
			ignoreHttpStatusErrors: { ignore: true, except: PS_FAILING_STATUSES },
		},
		rules: PS_TEST_RULES,
	};
}
