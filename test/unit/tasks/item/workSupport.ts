/** The record of one item's work without the rest of the engine. */
import type { IDataObject } from 'n8n-workflow';

import { fingerprintOf } from '../../../../nodes/tasks/item/fingerprint';
import { WorkRecords, type WorkRecord } from '../../../../nodes/tasks/item/workRecord';
import type { Task } from '../../../../nodes/tasks/model/task';
import { itemOf, type Given } from '../support';

export const SIGNED = 'https://n8n.test/webhook-waiting/12?signature=0123456789abcdef';

/** The fingerprint of some request. */
export const PRINT = fingerprintOf({ prompt: 'a cup' }, []);

/** The type of a node that an agent calls. */
export const TOOL = { type: 'n8n-nodes-kling-aliyun.klingTool' };

export interface GivenWork extends Given {
	fingerprint?: string;
	/** The class of another process. */
	Records?: typeof WorkRecords;
}

let executions = 0;

/** What n8n tells of an execution that no other test has. */
export function newExecution(): Given {
	executions += 1;
	return { executionId: `e-${executions}`, resumeUrl: `${SIGNED}${executions}`, memory: {} };
}

/** The record of an item's work, in a run of its own. */
export function workOf({ fingerprint = PRINT, Records = WorkRecords, ...given }: GivenWork): WorkRecord {
	return new Records(itemOf(given)).of(given.itemIndex ?? 0, fingerprint);
}

/** The ID of the task that a work has become, as it is known. */
export const taskOf = (given: GivenWork) => workOf(given).task?.taskId;

/** Keeps a task for a work. */
export function keep(given: GivenWork, taskId = 'T1', facts: IDataObject = {}): void {
	workOf(given).keep({ taskId } as Task, facts);
}

/** n8n's memory of a node as it comes back from the database. */
export const stored = (memory: IDataObject | undefined) => JSON.parse(JSON.stringify(memory)) as IDataObject;
