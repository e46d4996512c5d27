/** The harness calls a node as a tool as n8n does, shown on nodes of its own. */
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';

import { writeFixturePackage } from '../harness/fixture/package.ts';
import { startFixtureServer, type FixtureServer } from '../harness/fixture/server.ts';
import { startHarness, toolRuns, type ToolOptions } from '../harness/index.ts';

const fixture = writeFixturePackage();
const n8n = await startHarness({ package: fixture.folder });
let server: FixtureServer;
beforeEach(async () => {
	server = await startFixtureServer();
});
afterEach(async () => await server.stop());
afterAll(async () => {
	await n8n.stop();
	fixture.remove();
});

const witness = { node: 'n8n-nodes-fixture.witness', parameters: { text: "={{ $fromAI('text') }}" } };
/** The declarative node, which n8n runs by routing. */
const routed = (): ToolOptions => ({
	node: 'n8n-nodes-fixture.fixture',
	parameters: { text: "={{ $fromAI('text') }}" },
	credentials: { fixtureApi: { key: 'secret', baseUrl: server.url } },
});
const says = (...texts: string[]) => texts.map((text) => ({ text }));
const three = { items: [{}, {}, {}], calls: [says('one'), says('two'), says('three')] };

describe('an agent with several items', () => {
	it("calls its tool once for each; the tool has the input of the call, the execute data are the agent's", async () => {
		const { answers, execution } = await n8n.runAsTool({ ...witness, ...three });
		expect(execution.status).toBe('success');
		expect(answers.map(({ answer }) => answer)).toMatchObject(
			['one', 'two', 'three'].map((text) => [
				{ text, input: { text }, callersItems: 3, type: 'n8n-nodes-fixture.witnessTool' },
			]),
		);
	});

	it('has an execution, whose ID, resume URL and node context the tool sees', async () => {
		const { answers, execution } = await n8n.runAsTool({
			...witness,
			calls: [says('one', 'two')],
			signedResumeUrl: false,
			instanceUrl: 'http://n8n.test',
		});
		const { executionId } = execution;
		const resumeUrl = `http://n8n.test/webhook-waiting/${executionId}`;
		expect(answers[0]?.answer).toMatchObject([{ executionId, resumeUrl, remembered: [], mode: 'trigger' }]);
		expect(answers[1]?.answer).toMatchObject([{ executionId, resumeUrl, remembered: ['one'] }]);
	});

	it('can make several calls for one item, also at once', async () => {
		const { answers } = await n8n.runAsTool({ ...witness, calls: [says('slow', 'fast')], atOnce: true });
		expect(answers.map(({ answer }) => (answer as Array<{ text: string; remembered: string[] }>)[0])).toMatchObject([
			{ text: 'slow', remembered: ['fast'] },
			{ text: 'fast', remembered: [] },
		]);
	});

	it('gets one answer from a declarative node, which n8n runs by routing', async () => {
		const { answers, execution } = await n8n.runAsTool({ ...routed(), ...three });
		expect(answers).toMatchObject(
			['one', 'two', 'three'].map((text) => ({ answer: [{ text, executionId: execution.executionId }] })),
		);
		expect(server.creates).toEqual(says('one', 'two', 'three'));
	});

	it('reads of what failed, the description included, and goes on', async () => {
		const { answers, execution } = await n8n.runAsTool({ ...witness, calls: [says('fail', 'two')] });
		expect(answers[0]?.error?.message).toBe('No such thing\n\nDetails: Say something else');
		expect(answers[1]?.answer).toMatchObject([{ text: 'two' }]);
		expect(execution.status).toBe('success');
		expect(toolRuns(execution).map(({ executionStatus }) => executionStatus)).toEqual(['error', 'success']);
	});

	it('gets an empty list from a tool that gives nothing', async () => {
		expect((await n8n.runAsTool({ ...witness, calls: [says('nothing')] })).answers).toEqual([{ answer: [] }]);
	});

	it('has the call made again by Retry On Fail', async () => {
		const { answers } = await n8n.runAsTool({ ...routed(), calls: [says('flaky')], retryOnFail: true, maxTries: 2 });
		expect(answers).toMatchObject([{ answer: [{ text: 'flaky' }] }]);
		expect(server.creates).toHaveLength(2);
	});

	it('is stopped with the call under way', async () => {
		const button = new AbortController();
		const running = n8n.runAsTool({ ...routed(), calls: [says('hang')], signal: button.signal });
		await expect.poll(() => server.creates.length).toBe(1);
		button.abort();
		expect((await running).execution.status).toBe('canceled');
		await expect.poll(() => server.aborted).toBe(1);
	});

	it('calls without arguments once for each item unless told otherwise', async () => {
		const { answers, log } = await n8n.runAsTool({ ...witness, parameters: { text: 'fixed' }, items: [{}, {}] });
		expect(answers.map(({ answer }) => answer)).toMatchObject([[{ input: {} }], [{ input: {} }]]);
		expect(log.map(({ message }) => message)).toEqual(['witness fixed', 'witness fixed']);
	});
});

describe('the MCP Server Trigger', () => {
	it('calls without an execution: no ID, no context of the node, an address that leads nowhere', async () => {
		const { answers, log } = await n8n.runFromMcp({
			...witness,
			calls: says('one', 'two'),
			instanceUrl: 'http://n8n.test',
		});
		const seen = {
			executionId: null,
			remembered: expect.stringMatching(/Error$/),
			resumeUrl: 'http://n8n.test/webhook-waiting/__UNKNOWN__',
		};
		expect(answers.map(({ answer }) => answer)).toMatchObject([
			[{ ...seen, text: 'one', input: { text: 'one' } }],
			[{ ...seen, text: 'two', input: { text: 'two' }, mode: 'webhook', workflowId: 'harness-workflow' }],
		]);
		// n8n itself stumbles over the execution that is not there.
		expect(log.map(({ message }) => message)).toEqual([
			'witness one',
			expect.stringContaining('logging output data'),
			'witness two',
			expect.stringContaining('logging output data'),
		]);
	});

	it('runs a declarative node by routing, errors told in words', async () => {
		const { answers } = await n8n.runFromMcp({ ...routed(), calls: says('a', 'fail', 'b'), atOnce: true });
		expect(answers).toMatchObject([
			{ answer: [{ text: 'a' }] },
			{ error: { message: expect.stringContaining('refused: fail') } },
			{ answer: [{ text: 'b' }] },
		]);
	});

	it('finds what the process remembers', async () => {
		const [first] = (await n8n.runFromMcp({ ...witness, calls: says('one') })).answers;
		const [second] = (await n8n.runFromMcp({ ...witness, calls: says('two') })).answers;
		const calls = [first, second].map((answer) => (answer?.answer as Array<{ call: number }>)[0]?.call);
		expect(calls[1]).toBe((calls[0] ?? 0) + 1);
	});
});
