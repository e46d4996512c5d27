import { expect, it } from 'vitest';

import { NodeRun } from '../../../../nodes/tasks/item/nodeRun';
import type { TaskStatus } from '../../../../nodes/tasks/model/task';
import { tellUnfinished } from '../../../../nodes/tasks/operations/unfinished';
import { itemOf } from '../support';

function told(...statuses: TaskStatus[]): string[] {
	const hints: string[] = [];
	const item = itemOf({ hints });
	const run = new NodeRun(item);
	run.handedOn.push(...statuses);
	tellUnfinished({ ...item, run });
	return hints;
}

const later = 'Get the result later: the operation Wait for Completion takes these items as they are.';
const partly = 'Look at images and warnings of the item.';

it.each<[TaskStatus[], string[]]>([
	[[], []],
	[['succeeded', 'succeeded'], []],
	[['processing'], [`The task is still running. ${later}`]],
	[['submitted', 'processing', 'unknown'], [`All 3 tasks are still running. ${later}`]],
	[
		['succeeded', 'processing', 'submitted', 'succeeded', 'failed'],
		[`2 of 5 tasks are still running. ${later}`, '1 of 5 tasks failed. Look at statusMessage of the item.'],
	],
	[['partial', 'succeeded'], [`1 of 2 tasks succeeded only in part. ${partly}`]],
	[['partial', 'partial'], [`All 2 tasks succeeded only in part. ${partly}`]],
	[['failed'], ['The task failed. Look at statusMessage of the item.']],
])('after a run with %j the editor says what is missing', (statuses, hints) => {
	expect(told(...statuses)).toEqual(hints);
});

it('no hint holds what n8n would read as HTML', () => {
	expect(told('processing', 'partial', 'failed').join(' ')).not.toMatch(/[<>&]/);
});
