import type { IDataObject } from 'n8n-workflow';

import { findTask, unreadTask } from '../http/taskApi';
import { refuseInput, type ItemContext } from '../item/context';
import type { Operation } from '../item/runItems';
import { readSettings, refuseUnusableId, type Settings } from '../item/settings';
import type { Endpoint } from '../model/service';
import { asRecord } from '../util/parse';
import { said } from '../util/text';
import { refuseOtherResource, waitForTask } from '../wait/waitForTask';
import { resultItems } from './completion';
import { toItems } from './output';

interface Prepared {
	taskId: string;
	settings: Settings;
}

/** Reads one task. A failed task is an item, not an error. */
export function getTask(endpoint: Endpoint): Operation<Prepared> {
	return {
		isListed: true,
		prepare: (item) => prepareTaskId(item, endpoint),
		async perform(item, { taskId, settings }) {
			const found = await findTask(item, endpoint, taskId);
			if (!('task' in found)) throw await unreadTask(item, endpoint, found, taskId);
			refuseOtherResource(item, endpoint, found.task);
			item.progress.add(factsInItem(item, endpoint, found.task.taskId));
			const downloadImages = item.parameter('downloadImages', false) === true;
			return await toItems(item, endpoint, found, { ...settings, downloadImages }, { item: item.itemIndex });
		},
	};
}

/** Waits for a task that exists already. */
export function waitForExistingTask(endpoint: Endpoint): Operation<Prepared> {
	return {
		isListed: endpoint.service.list !== undefined,
		prepare: (item) => prepareTaskId(item, endpoint),
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

function prepareTaskId(item: ItemContext, endpoint: Endpoint): Prepared {
	const value = item.parameter('taskId', '');
	const taskId = typeof value === 'number' || typeof value === 'string' ? String(value).trim() : '';
	if (taskId === '') {
		const hint = 'Enter a task ID or an external task ID, or hand over items with a field taskId.';
		refuseInput(item, 'Task ID is empty', `${hint} ${fieldsOf(item)}`);
	}
	if (typeof value === 'number' && !Number.isSafeInteger(value)) {
		const hint = 'Hand task IDs over as text: they are longer than numbers can hold.';
		refuseInput(item, `Task ID ${value} is a number that has lost its last digits`, hint);
	}
	refuseUnusableId(item, 'Task ID', taskId, 'Enter a task ID or an external task ID.');
	return { taskId, settings: readSettings(item, endpoint) };
}

function fieldsOf({ input }: ItemContext): string {
	const names = Object.keys(asRecord(input.json));
	return names.length > 0 ? `The item has the fields: ${said(names.join(', '))}.` : 'The item has no fields.';
}
