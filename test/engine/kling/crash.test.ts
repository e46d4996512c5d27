/** The run of a node belongs to the derived ID, and n8n counts otherwise after a crash. */
import type { ITaskData } from 'n8n-workflow';
import { describe, expect, it } from 'vitest';

import { startHarness, type Run } from '../../harness/index.ts';
import { HELPER } from '../../harness/index.ts';
import { expand, itemsOf, KLING, photos, start } from './support.ts';

const { run, control, n8n, provider } = await start();
const quick = expand({ downloadImages: false });
const ids = () => control.ledger().map(({ externalTaskId }) => externalTaskId);

/** What n8n's recovery writes in the place of the runs of a node: it had ended, or it was running. */
const RECOVERED: Array<[string, Partial<ITaskData>]> = [
	['had ended', { executionStatus: 'success', data: { main: [[{ json: { isArtificialRecoveredEventItem: true } }]] } }],
	['was running', { executionStatus: 'crashed' }],
];

/** The execution as n8n finds it after a crash; a retry begins at its trigger. */
function crashed(run: Run, recovered: Partial<ITaskData>): Run {
	const data = structuredClone(run.data);
	const task = { startTime: 0, executionIndex: 0, executionTime: -1, source: [null], ...recovered };
	data.resultData.lastNodeExecuted = 'Output';
	data.resultData.runData = { Node: [task], Output: [task] };
	data.executionData!.nodeExecutionStack = [
		{ node: run.graph.nodes[0]!, data: { main: [[{ json: {} }]] }, source: null },
	];
	return { ...run, data };
}

describe.each(RECOVERED)('n8n was killed when the node %s', (_, recovered) => {
	it.each(['by the same n8n', 'by a new one'])('a retry from the trigger finds the same task (%s)', async (who) => {
		const first = await run(quick);
		const [task] = itemsOf(first);
		const again = await (who === 'by a new one' ? await startHarness() : n8n).retry(crashed(first, recovered), {
			resumeToken: first.data.resumeToken,
		});
		expect(itemsOf(again).map(({ json }) => json.taskId)).toEqual([task?.json.taskId]);
		expect(ids()).toHaveLength(1);
	});
});

it('a node that runs twice in one execution with the same request makes two tasks, and two more in no retry', async () => {
	const items = photos({});
	const sketch = {
		nodes: [
			{ name: 'Start', type: HELPER.start },
			{ name: 'One', type: HELPER.items, items },
			{ name: 'Two', type: HELPER.items, items },
			{ name: 'Node', type: KLING, parameters: quick },
		],
		connections: [
			['Start', 'One'],
			['Start', 'Two'],
			['One', 'Node'],
			['Two', 'Node'],
		] as Array<[string, string]>,
	};
	const options = { credentials: provider.credentials, executionId: '4713', resumeToken: 'kept' };
	await n8n.runWorkflow(sketch, options);
	expect(new Set(ids()).size).toBe(2);
	await n8n.runWorkflow(sketch, options);
	expect(ids()).toHaveLength(2);
});
