import { NodeConnectionTypes, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import {
	customOperations,
	requestOptions,
	resourceProperties,
	resumeOnCallback,
	resumeWebhooks,
	subtitleOf,
} from '../tasks';
import { ALIYUN_BASE_URL } from './auth/auth';
import { readCallback } from './callback';
import { endpoints, resources } from './resources';
import { searchStyles } from './styles';

export class AliyunPortrait implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Aliyun AI Portrait',
		name: 'aliyunPortrait',
		icon: { light: 'file:../../icons/aliyun.svg', dark: 'file:../../icons/aliyun.dark.svg' },
		group: ['transform'],
		version: 1,
		subtitle: subtitleOf(resources),
		description:
			'Make AI portraits of a person from 8 to 20 photos, with the portrait API of the Alibaba Cloud Marketplace',
		defaults: { name: 'Aliyun AI Portrait' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'aliyunMarketApi', required: true }],
		webhooks: resumeWebhooks('POST', 'GET'),
		requestDefaults: { baseURL: ALIYUN_BASE_URL },
		properties: [...resourceProperties(resources, 'portrait'), requestOptions],
	};

	methods = { listSearch: { searchStyles } };

	customOperations = customOperations(resources);

	/** Resumes an execution that Create and Wait for Callback has suspended. */
	webhook = resumeOnCallback({ endpoints, readCallback, takesAnyCall: true });
}
