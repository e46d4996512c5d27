/** What the editor says of the cost above the output of a step. */
import { describe, expect, it } from 'vitest';

import { NODE } from '../../harness/graph.ts';
import { count, expand, multiShot, photos, start } from './support.ts';

const { run, control, n8n } = await start();
const quick = { downloadImages: false };
const testing = 'Testing? Turn on Reuse Earlier Results, so running this step again costs nothing.';

describe('after a run that bought something', () => {
	it('says how many images there are, and how many units they cost', async () => {
		const result = await run(expand({ ...quick, n: 2 }), { items: photos(...count(3)) });
		expect(result.hints(NODE)).toEqual(['6 images, 48 units']);
	});

	it('one image', async () => {
		const result = await run(expand(quick));
		expect(result.hints(NODE)).toEqual(['1 image, 8 units']);
	});

	it('in a manual run it says how to test without paying', async () => {
		const result = await run(multiShot(quick), { mode: 'manual' });
		expect(result.hints(NODE)).toEqual(['3 images, 20 units', testing]);
	});

	it('with the option switched on, or in a workflow that was never saved, it does not', async () => {
		const reusing = { ...quick, options: { reuseResults: 'manualRuns' } };
		expect((await run(expand(reusing), { mode: 'manual' })).hints(NODE)).toEqual(['1 image, 8 units']);
		expect((await run(expand(quick), { mode: 'manual', workflowId: '' })).hints(NODE)).toEqual(['1 image, 8 units']);
	});

	it('what was submitted alone has no cost yet, and is said to be running', async () => {
		const result = await run(expand({ ...quick, waitForCompletion: false }), { mode: 'manual' });
		expect(result.hints(NODE)).toEqual([expect.stringMatching(/^The task is still running\./), testing]);
	});

	it('with Continue On Fail the good items count', async () => {
		control.fates([{ fate: 'failed', match: { nth: 1 } }]);
		const result = await run(expand(quick), { items: photos({}, {}), onError: 'continueRegularOutput' });
		expect(result.hints(NODE)).toEqual(['1 image, 8 units']);
	});

	it('an account that pays afterwards: money, which is not added to units', async () => {
		control.settings({ postPaid: true });
		const result = await run(expand({ ...quick, n: 3 }));
		expect(result.hints(NODE)).toEqual(['3 images, 0.084 of the balance']);
	});
});

describe('after a run that bought nothing', () => {
	it('an earlier result has no hint', async () => {
		const parameters = expand({ ...quick, options: { reuseResults: 'always' } });
		const how = { mode: 'manual', nodeId: 'step' } as const;
		await run(parameters, how);
		expect((await run(parameters, how)).hints(NODE)).toEqual([]);
	});

	it('a retry that finds what there is has none', async () => {
		control.fates([{ fate: 'failed', match: { nth: 2 }, count: 1 }]);
		const failed = await run(expand(quick), { items: photos({}, {}) });
		expect((await n8n.retry(failed)).hints(NODE)).toEqual(['1 image, 8 units']);
	});

	it('Get has none', async () => {
		const made = await run(expand(quick));
		const parameters = { resource: 'imageExpansion', operation: 'get', taskId: made.items[0]?.json.taskId as string };
		expect((await run(parameters)).hints(NODE)).toEqual([]);
	});
});
