import type { IDataObject } from 'n8n-workflow';

import { findTask, unreadTask } from '../http/taskApi';
import { fieldsOf, refuseInput, type ItemContext } from '../item/context';
import type { Operation } from '../item/runItems';
import { readSettings, type Settings } from '../item/settings';
import { idIn } from '../item/values';
import type { Endpoint } from '../model/service';
import { asRecord } from '../util/parse';
import { refuseOtherResource, waitForTask } from '../wait/waitForTask';
import { resultItems } from './completion';
import { toItems } from './output';
import { tellUnfinished } from './unfinished';

interface Prepared {
	taskId: string;
	settings: Settings;
}

/** Reads one task. A failed task is an item, not an error. */
export function getTask(endpoint: Endpoint): Operation<Prepared> {
	return {
		isListed: true,
		prepare: (item) => prepareTaskId(item, endpoint, false),
		conclude: tellUnfinished,
		async perform(item, { taskId, settings }) {
			const found = await findTask(item, endpoint, taskId);
			if (!('task' in found)) throw await unreadTask(item, endpoint, found, taskId);
			refuseOtherResource(item, endpoint, found.task);
			item.progress.add(factsInItem(item, endpoint, found.task.taskId));
			return await toItems(item, endpoint, found, settings, { item: item.itemIndex });
		},
	};
}

/** Waits for a task that exists already. */
export function waitForExistingTask(endpoint: Endpoint): Operation<Prepared> {
	return {
		isListed: endpoint.service.list !== undefined,
		prepare: (item) => prepareTaskId(item, endpoint, true),
		conclude: tellUnfinished,
		async perform(item, { taskId, settings }) {
			const waited = await waitForTask(item, endpoint, { id: taskId, isNew: false, isClaimed: true }, settings);
			item.progress.add(factsInItem(item, endpoint, waited.task.taskId));
			return await resultItems(item, endpoint, waited, settings, { item: item.itemIndex });
		},
	};
}

/** What only the item knows that the task was asked for with. */
function factsInItem({ input }: ItemContext, { facts = [] }: Endpoint, taskId: string): IDataObject {
	const item = asRecord(input.json);
	if (String(item.taskId) !== taskId) return {};
	return Object.fromEntries(facts.map((key) => [key, item[key]])) as IDataObject;
}

/** `downloads`: whether images are downloaded where the node does not say. */
function prepareTaskId(item: ItemContext, endpoint: Endpoint, downloads: boolean): Prepared {
	const hint = 'Enter a task ID or an external task ID.';
	const taskId = idIn(item, 'Task ID', item.parameter('taskId', ''), hint);
	if (taskId === '') {
		const fields = `Or hand over items with a field taskId. ${fieldsOf(item.input)}`;
		refuseInput(item, 'Task ID is empty', `${hint} ${fields}`);
	}
	return { taskId, settings: readSettings(item, endpoint, { downloads }) };
}
