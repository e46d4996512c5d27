import {
	NodeConnectionTypes,
	type INodeType,
	type INodeTypeDescription,
	type IWebhookFunctions,
	type IWebhookResponseData,
} from 'n8n-workflow';

import { ALIYUN_BASE_URL } from '../../credentials/aliyun';
import { directOperations, resourceProperties } from '../tasks/declare';
import { requestOptions, resumeWebhooks } from '../tasks/suspended/properties';
import { resumeOnCallback } from '../tasks/suspended/resume';
import { readCallback } from './callback';
import { service } from './operations';
import { endpoints, resources } from './resources';
import { searchStyles } from './styles';

export class AliyunPortrait implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Aliyun AI Portrait',
		name: 'aliyunPortrait',
		icon: { light: 'file:../../icons/aliyun.svg', dark: 'file:../../icons/aliyun.dark.svg' },
		group: ['transform'],
		version: 1,
		// "Create: User Model" of the stored values, which is all that n8n hands over.
		subtitle:
			'={{ [$parameter["operation"].replace("getAll", "getMany"), $parameter["resource"]].map((value) => value.charAt(0).toUpperCase() + value.slice(1).replace(/([A-Z])/g, " $1")).join(": ") }}',
		description: 'Make portraits of a person from 8 to 20 photos with the AI portrait API of the Alibaba Cloud Marketplace',
		defaults: { name: 'Aliyun AI Portrait' },
		usableAsTool: true,
		inputs: [NodeConnectionTypes.Main],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'aliyunMarketApi', required: true }],
		webhooks: resumeWebhooks,
		requestDefaults: { baseURL: ALIYUN_BASE_URL },
		properties: [...resourceProperties(resources, 'photo'), requestOptions],
	};

	methods = { listSearch: { searchStyles } };

	customOperations = directOperations(resources);

	/** Wakes an execution that Create and Wait for Callback has suspended. */
	async webhook(this: IWebhookFunctions): Promise<IWebhookResponseData> {
		return await resumeOnCallback(this, { ...service, endpoints, readCallback, takesAnyCall: true });
	}
}
