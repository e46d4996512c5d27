import { NodeConnectionTypes, type INodeType, type INodeTypeDescription } from 'n8n-workflow';

import {
	eventOption,
	flagIn,
	idListIn,
	polling,
	refuseInput,
	simplify,
	unsupportedEvent,
	watchIds,
	type PollWork,
} from '../tasks';
import { endpoint } from './resources/portraitTask';
import { newStyles } from './styles';

/** What the chosen event asks for. */
const work: PollWork = async (poll) => {
	const { item } = poll;
	const event = item.parameter('event', 'newStyle');
	const isSimplified = flagIn(item, simplify.displayName, item.parameter('simplify', true));
	if (event === 'newStyle') return await newStyles(poll, isSimplified);
	if (event !== 'taskFinished') throw unsupportedEvent(item.node, event);
	const hint = 'Enter one ID in a line, or with commas between them.';
	const ids = idListIn(item, 'Task IDs:', item.parameter('taskIds', ''), hint);
	if (ids.length === 0) refuseInput(item, 'Task IDs is empty', 'Enter the IDs of the tasks to watch, one in a line.');
	return await watchIds(poll, endpoint, ids, isSimplified);
};

export class AliyunPortraitTrigger implements INodeType {
	description: INodeTypeDescription = {
		displayName: 'Aliyun AI Portrait Trigger',
		name: 'aliyunPortraitTrigger',
		icon: { light: 'file:../../icons/aliyun.svg', dark: 'file:../../icons/aliyun.dark.svg' },
		group: ['trigger'],
		version: 1,
		subtitle: '={{ $parameter["event"].replace(/([A-Z])/g, " $1").replace(/^./, (first) => first.toUpperCase()) }}',
		description: 'Make AI portraits from photos, or start a workflow when a task ends or a new style appears',
		defaults: { name: 'Aliyun AI Portrait Trigger' },
		polling: true,
		inputs: [],
		outputs: [NodeConnectionTypes.Main],
		credentials: [{ name: 'aliyunMarketApi', required: true }],
		properties: [
			{
				displayName: 'Polls may be billed: one call for New Style, one per unfinished task for Task Finished.',
				name: 'billingNotice',
				type: 'notice',
				default: '',
			},
			{
				displayName: 'Event',
				name: 'event',
				type: 'options',
				options: [
					{
						name: 'New Style',
						value: 'newStyle',
						description: 'The service offers a style that it did not offer before',
					},
					eventOption('taskFinished', 'A task of a list has ended, well or not'),
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
				description:
					'The tasks to watch, trainings and portraits, one in a line or with commas between. Those that have ended before the workflow is activated are not reported.',
			},
			simplify,
		],
	};

	poll = polling(work);
}
