import { NodeConnectionTypes, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import { aliyunBaseUrl } from '../../credentials/aliyun';
import { inputError, quote } from '../tasks/errors';
import { polling, type PollWork } from '../tasks/triggers/poll';
import { simplify } from '../tasks/properties';
import { idsIn, watchIds } from '../tasks/triggers/watchIds';
import { newStyles } from './newStyles';
import { endpoint } from './resources/portrait/endpoint';

/** What the chosen event asks for. */
const work: PollWork = async (poll) => {
	const { context } = poll;
	const event = context.getNodeParameter('event', 'newStyle');
	const simplified = context.getNodeParameter('simplify', true) === true;
	if (event === 'newStyle') return await newStyles(poll, simplified);
	if (event !== 'taskFinished') {
		throw inputError(context.getNode(), 0, `Event is ${quote(event)}, which is none`, 'Choose the event from the list.');
	}
	const ids = idsIn(context.getNodeParameter('taskIds', ''));
	if (ids.length > 0) return await watchIds(poll, endpoint, ids, simplified);
	throw inputError(context.getNode(), 0, 'Task IDs is empty', 'Enter the IDs of the tasks to watch, one in a line.');
};

export class AliyunPortraitTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Aliyun AI Portrait Trigger',
		name: 'aliyunPortraitTrigger',
		icon: { light: 'file:../../icons/aliyun.svg', dark: 'file:../../icons/aliyun.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["event"].replace(/([A-Z])/g, " $1").replace(/^./, (first) => first.toUpperCase()) }}',
		description: 'Starts the workflow when the AI portrait API has new styles, or when tasks have ended',
		defaults: { name: 'Aliyun AI Portrait Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'aliyunMarketApi', required: true }],
		properties: [
			{
				displayName: 'Each poll calls the API, and the calls may be billed: once for New Style, once for each unfinished task for Task Finished. Poll no more often than you need.',
				name: 'billingNotice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Event',
				name: 'event',
				type: 'options',
				options: [
					{ name: 'New Style', value: 'newStyle', description: 'The service offers a style that it did not offer before' },
					{ name: 'Task Finished', value: 'taskFinished', description: 'A task of a list has ended, well or not' },
				],
				default: 'newStyle',
				description: 'What starts the workflow',
			},
			{
				displayName: 'Task IDs',
				name: 'taskIds',
				type: 'string',
				typeOptions: { rows: 3 },
				required: true,
				default: '',
				placeholder: 'e.g. 00e0931c-de26-4e67-9b7e-15f56ea4c0f5',
				displayOptions: { show: { event: ['taskFinished'] } },
				description: 'The tasks to watch, trainings and portraits, one in a line or with commas between. Those that have ended before the workflow is activated are not reported.',
			},
			simplify,
		],
	};

	poll = polling({ credential: 'aliyunMarketApi', baseUrl: aliyunBaseUrl }, work);
}
