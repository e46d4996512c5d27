import type {
	IAuthenticate,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

import { KLING_BASE_URL, klingConnection, privateImageHosts } from '../nodes/Kling/auth';
import { KLING_FAILING_STATUSES, KLING_TEST_RULES } from '../nodes/Kling/errors';

export class KlingApi implements ICredentialType {
	name = 'klingApi';

	displayName = 'Kling API';

	icon = { light: 'file:../icons/kling.svg', dark: 'file:../icons/kling.dark.svg' } as const;

	documentationUrl = 'https://kling.ai/document-api';

	properties: INodeProperties[] = [
		{
			displayName: 'Region',
			name: 'region',
			type: 'options',
			options: [
				{ name: 'Singapore (Global)', value: 'singapore', description: 'Accounts of kling.ai' },
				{ name: 'Beijing (China)', value: 'beijing', description: 'Accounts of klingai.com' },
				{ name: 'Custom', value: 'custom', description: 'A relay or a test server' },
			],
			default: 'singapore',
			description:
				'Where the account is. Keys of one region do not work in the other: if the test fails, check this first.',
		},
		{
			displayName:
				'Get the key in the <a href="https://kling.ai/dev" target="_blank">Kling console</a>, under API Keys',
			name: 'singaporeNotice',
			type: 'notice',
			default: '',
			displayOptions: { show: { region: ['singapore'] } },
		},
		{
			displayName:
				'Get the key in the <a href="https://klingai.com/dev" target="_blank">Kling console (China)</a>, under API Keys',
			name: 'beijingNotice',
			type: 'notice',
			default: '',
			displayOptions: { show: { region: ['beijing'] } },
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://relay.example.com/kling',
			displayOptions: { show: { region: ['custom'] } },
			description:
				'Address of the service, with a path prefix if it has one, without /v1. If the test shows a code such as ENOTFOUND or ECONNREFUSED, nothing answers there: check host and port.',
		},
		{
			displayName: 'Authentication',
			name: 'authentication',
			type: 'options',
			options: [
				{ name: 'API Key', value: 'apiKey' },
				{ name: 'Access Key and Secret Key', value: 'accessKey' },
			],
			default: 'apiKey',
		},
		{
			displayName: 'API Key',
			name: 'apiKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			displayOptions: { show: { authentication: ['apiKey'] } },
			description: 'It works only in the region where it was made',
		},
		{
			displayName: 'Access Key',
			name: 'accessKey',
			type: 'string',
			required: true,
			default: '',
			displayOptions: { show: { authentication: ['accessKey'] } },
		},
		{
			displayName: 'Secret Key',
			name: 'secretKey',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			displayOptions: { show: { authentication: ['accessKey'] } },
			description: 'Signs each request; it is never sent',
		},
		{
			displayName: 'Webhook Secret',
			name: 'webhookSecret',
			type: 'string',
			typeOptions: { password: true },
			default: '',
			placeholder: 'e.g. whsec_…',
			description:
				'From the Kling console, Webhook Signature. When set, the Kling Callback Trigger takes only callbacks that are signed with it. Leave it empty if callbacks are not signed.',
		},
		privateImageHosts,
	];

	// Signed anew for each request, so that no token ever expires in the middle of a run.
	authenticate: IAuthenticate = async (credential, request): Promise<IHttpRequestOptions> =>
		klingConnection.authenticate(credential, request);

	// The list costs nothing (docs/services/kling.md, Credential test).
	test: ICredentialTestRequest = {
		request: {
			baseURL: KLING_BASE_URL,
			url: '/v1/images/multi-image2image',
			qs: { pageNum: 1, pageSize: 1 },
			disableFollowRedirect: true,
			ignoreHttpStatusErrors: { ignore: true, except: KLING_FAILING_STATUSES },
		},
		rules: KLING_TEST_RULES,
	};
}
