import type {
	IAuthenticate,
	ICredentialTestRequest,
	ICredentialType,
	IHttpRequestOptions,
	INodeProperties,
} from 'n8n-workflow';

import { ALIYUN_BASE_URL, aliyunConnection, privateImageHosts } from '../nodes/AliyunPortrait/auth/auth';
import { ALIYUN_FAILING_STATUSES, ALIYUN_TEST_RULES } from '../nodes/AliyunPortrait/gatewayErrors';

export class AliyunMarketApi implements ICredentialType {
	name = 'aliyunMarketApi';

	displayName = 'Aliyun Market API';

	icon = { light: 'file:../icons/aliyun.svg', dark: 'file:../icons/aliyun.dark.svg' } as const;

	documentationUrl = 'https://help.aliyun.com/document_detail/115437.html';

	properties: INodeProperties[] = [
		{
			displayName:
				'Get the AppCode in the <a href="https://market.console.aliyun.com" target="_blank">console</a>. The test uses one call of your package.',
			name: 'testNotice',
			type: 'notice',
			default: '',
		},
		{
			displayName: 'Base URL',
			name: 'baseUrl',
			type: 'string',
			required: true,
			default: '',
			placeholder: 'e.g. https://example.market.alicloudapi.com',
			description:
				'Address on the page of the API in the Alibaba Cloud Marketplace, without /cloud. Use https, since the AppCode travels as it is. If the test shows a code such as ENOTFOUND or ECONNREFUSED, nothing answers there: check host and port.',
		},
		{
			displayName: 'Authentication',
			name: 'authentication',
			type: 'options',
			options: [
				{ name: 'AppCode', value: 'appCode', description: 'The simplest way: one code in a header' },
				{
					name: 'AppKey and AppSecret',
					value: 'appKeySecret',
					description: 'Signs each request; the secret is never sent',
				},
				{ name: 'Header', value: 'header', description: 'A header of your own, for a relay' },
				{ name: 'None', value: 'none', description: 'For a relay that adds the authentication itself' },
			],
			default: 'appCode',
		},
		{
			displayName: 'AppCode',
			name: 'appCodeSecret',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			displayOptions: { show: { authentication: ['appCode'] } },
			description: 'From the console of the Alibaba Cloud Marketplace, under the services you bought',
		},
		{
			displayName: 'AppKey',
			name: 'appKey',
			type: 'string',
			required: true,
			default: '',
			displayOptions: { show: { authentication: ['appKeySecret'] } },
			description: 'From the console of the Alibaba Cloud Marketplace, next to the AppCode',
		},
		{
			displayName: 'AppSecret',
			name: 'appSecret',
			type: 'string',
			typeOptions: { password: true },
			required: true,
			default: '',
			displayOptions: { show: { authentication: ['appKeySecret'] } },
			description: 'Signs each request; it is never sent. The clock of this machine must be right within 15 minutes.',
		},
		{
			displayName: 'Stage',
			name: 'stage',
			type: 'options',
			options: [
				{ name: 'Release', value: 'RELEASE' },
				{ name: 'Pre-Release', value: 'PRE' },
				{ name: 'Test', value: 'TEST' },
			],
			default: 'RELEASE',
			displayOptions: { show: { authentication: ['appKeySecret'] } },
			description: 'Environment of the API; bought APIs are in Release',
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
			description: 'Sent as it is, so with a word such as Bearer in front if the relay wants one',
		},
		privateImageHosts,
	];

	// Signed anew for each request: the gateway takes each nonce once.
	authenticate: IAuthenticate = async (credential, request): Promise<IHttpRequestOptions> =>
		aliyunConnection.authenticate(credential, request);

	// Refusals of the gateway have empty bodies, so HTTP statuses have to speak.
	test: ICredentialTestRequest = {
		request: {
			baseURL: ALIYUN_BASE_URL,
			url: '/cloud/aigc_product_brief_query',
			disableFollowRedirect: true,
			ignoreHttpStatusErrors: { ignore: true, except: ALIYUN_FAILING_STATUSES },
		},
		rules: ALIYUN_TEST_RULES,
	};
}
