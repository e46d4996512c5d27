/** What a create became, for services that cannot refuse a repeat (architecture.md, money rule 1). */
import type { IBinaryData, IDataObject } from 'n8n-workflow';
import { beforeEach, describe, expect, it, vi } from 'vitest';

import { aliyunPortrait } from '../../../nodes/AliyunPortrait/provider';
import type { TaskReply } from '../../../nodes/tasks/exchange';
import type { ImageReference } from '../../../nodes/tasks/images';
import { rememberedFor } from '../../../nodes/tasks/remembered';
import { binaryOf, exchangeOf, type Given } from './support';

const FIELD = { field: 'img_set', label: 'Photos', list: { parameter: 'photos', most: 20 } };
const reply = { status: 200, headers: { 'x-secret': 'not kept' }, body: { ret: 0 } };
const found: TaskReply = { task: { service: 's', resource: 'portrait', taskId: 'T1', status: 'submitted', images: [] }, reply };

let executions = 0;
let token = '';
beforeEach(() => {
	token = `https://n8n.test/x?signature=remembered-${++executions}`;
});

interface Asking extends Given {
	body?: IDataObject;
	references?: ImageReference[];
	/** n8n's memory of the node in the execution. */
	context?: IDataObject;
	path?: string;
	/** The module of another process. */
	asked?: typeof rememberedFor;
}

async function remembered({ body = { style: 'a' }, references, context = {}, path = '/create', asked = rememberedFor, ...given }: Asking = {}) {
	const exchange = exchangeOf({ resumeUrl: token, ...given });
	exchange.endpoint = { provider: aliyunPortrait, resource: 'portrait', path };
	Object.assign(exchange.context, { getContext: () => context });
	return await asked(exchange, body, references ? [{ field: FIELD, references }] : []);
}

const knows = async (asking: Asking = {}) => (await remembered(asking)).found?.task.taskId;

describe('a kept task', () => {
	it('is found by the same work: same execution, node, run, item and request', async () => {
		(await remembered()).keep(found);
		expect(await knows()).toBe('T1');
		expect((await remembered()).found?.reply).toEqual({ ...reply, headers: {} });
	});

	it.each<[string, () => Asking]>([
		['another execution', () => ({ resumeUrl: `${token}-other` })],
		['another node', () => ({ node: { id: 'node-2' } })],
		['another run', () => ({ runIndex: 1 })],
		['another item', () => ({ itemIndex: 1, items: [{ json: {} }, { json: {} }] })],
		['another request', () => ({ body: { style: 'b' } })],
		['a field more', () => ({ body: { style: 'a', seed: 1 } })],
		['another endpoint', () => ({ path: '/other' })],
		['a photo more', () => ({ references: [{ kind: 'url', url: 'https://x.test/a.jpg' }] })],
	])('is not found by %s', async (_, asking) => {
		(await remembered()).keep(found);
		expect(await knows(asking())).toBeUndefined();
	});

	it('is found wherever the work reports to', async () => {
		(await remembered()).keep(found);
		expect(await knows({ body: { style: 'a', callback_url: 'https://x.test' } })).toBe('T1');
	});

	it('is found by an agent that calls the tool again, as another item of another run', async () => {
		const tool = { node: { type: 'n8n-nodes-kling-aliyun.aliyunPortraitTool' } };
		(await remembered(tool)).keep(found);
		expect(await knows({ ...tool, runIndex: 3 })).toBe('T1');
	});

	it("without a resume token belongs to the execution's ID", async () => {
		const id = { resumeUrl: 'https://n8n.test/x', executionId: `e-${executions}` };
		(await remembered(id)).keep(found);
		expect(await knows(id)).toBe('T1');
		expect(await knows({ ...id, executionId: 'other' })).toBeUndefined();
	});
});

describe("n8n's memory of the node", () => {
	/** As another process has it, which remembers nothing by itself; n8n brings the context through its database. */
	async function elsewhere(context: IDataObject) {
		vi.resetModules();
		const { rememberedFor: asked } = await import('../../../nodes/tasks/remembered');
		const stored = JSON.parse(JSON.stringify(context)) as IDataObject;
		return { work: await remembered({ context: stored, asked }), context: stored, asked };
	}

	it('gets the task as plain JSON without headers, and brings it to another process', async () => {
		const context: IDataObject = {};
		(await remembered({ context })).keep(found);
		expect(Object.values(context.tasks as object)).toMatchObject([{ found: { task: found.task, reply: { ...reply, headers: {} } } }]);
		expect(JSON.stringify(context)).not.toContain('not kept');
		expect((await elsewhere(context)).work.found?.task.taskId).toBe('T1');
		expect((await elsewhere({})).work.found).toBeUndefined();
	});

	it('brings lost creates, uploads and failures too', async () => {
		const context: IDataObject = {};
		const work = await remembered({ context });
		work.keepUploaded([['u/1.jpg']]);
		work.lose();
		const { work: other } = await elsewhere(context);
		expect([other.uploaded, other.isLost]).toEqual([[['u/1.jpg']], true]);
	});

	it('counts where it is newer than what the process remembers: queue mode, worker A, then B, then A again', async () => {
		const context: IDataObject = {};
		// Worker A uploads and loses the create. The user retries, and worker B buys the task.
		const onA = await remembered({ context });
		onA.keepUploaded([['u/1.jpg']]);
		onA.lose();
		const onB = await elsewhere(context);
		onB.work.keep(found);
		// The user retries that execution, and n8n gives it to worker A.
		expect(await knows({ context: onB.context })).toBe('T1');
	});

	it('that holds something else is not read', async () => {
		for (const tasks of [null, 'x', 7, []]) {
			token = `${token}x`;
			const work = await remembered({ context: { tasks } as unknown as IDataObject });
			expect(work.found).toBeUndefined();
			work.keep(found);
			expect(work.found?.task.taskId).toBe('T1');
		}
	});

	it('keeps what other code of the node has there', async () => {
		const context: IDataObject = { other: 1 };
		(await remembered({ context })).keep(found);
		expect(context.other).toBe(1);
	});
});

describe('a lost create', () => {
	it('is lost in this execution, for Retry On Fail, and not for a retry by the user', async () => {
		(await remembered({ executionId: '1' })).lose();
		expect((await remembered({ executionId: '1' })).isLost).toBe(true);
		expect((await remembered({ executionId: '2' })).isLost).toBe(false);
	});

	it('is forgotten once a task was kept', async () => {
		(await remembered({ executionId: '1' })).lose();
		const again = await remembered({ executionId: '2' });
		again.keep(found);
		expect([again.isLost, (await remembered({ executionId: '1' })).isLost]).toEqual([false, false]);
	});

	it('keeps the photos that are there', async () => {
		const work = await remembered();
		work.keepUploaded([['u/1.jpg']]);
		work.lose();
		expect((await remembered()).uploaded).toEqual([['u/1.jpg']]);
	});

	it('that never was is not lost, also without an execution', async () => {
		expect((await remembered()).isLost).toBe(false);
		expect((await remembered({ executionId: '' })).isLost).toBe(false);
	});
});

describe('a failed task', () => {
	it('may be bought again, four times; then the last one stays', async () => {
		for (let time = 1; time <= 4; time += 1) {
			(await remembered()).keep({ ...found, task: { ...found.task, taskId: `T${time}` } });
			(await remembered()).fail();
			expect(await knows()).toBeUndefined();
		}
		(await remembered()).keep({ ...found, task: { ...found.task, taskId: 'T5' } });
		(await remembered()).fail();
		expect(await knows()).toBe('T5');
	});

	it('leaves the photos that are there', async () => {
		const work = await remembered();
		work.keepUploaded([['u/1.jpg']]);
		work.keep(found);
		work.fail();
		expect((await remembered()).uploaded).toEqual([['u/1.jpg']]);
	});
});

describe('photos count by what they are', () => {
	const one = Buffer.from('photo one');
	const binary = (data: IBinaryData, name = 'p'): ImageReference => ({ kind: 'binary', name, binary: data });

	it('the same bytes under another field and file name are the same work', async () => {
		(await remembered({ references: [binary({ ...binaryOf(one), fileName: 'a.jpg' })] })).keep(found);
		expect(await knows({ references: [binary({ ...binaryOf(one), fileName: 'b.jpg' }, 'q')] })).toBe('T1');
	});

	it.each<[string, ImageReference[]]>([
		['other bytes', [binary(binaryOf(Buffer.from('photo two')))]],
		['a path', [{ kind: 'path', path: 'u/1.jpg' }]],
		['a URL', [{ kind: 'url', url: 'https://x.test/1.jpg' }]],
		['twice the same', [binary(binaryOf(one)), binary(binaryOf(one))]],
		['none', []],
	])('%s are another work', async (_, references) => {
		(await remembered({ references: [binary(binaryOf(one))] })).keep(found);
		expect(await knows({ references })).toBeUndefined();
	});

	it('their order counts', async () => {
		const paths = ['a/1.jpg', 'a/2.jpg'].map((path): ImageReference => ({ kind: 'path', path }));
		(await remembered({ references: paths })).keep(found);
		expect(await knows({ references: [...paths].reverse() })).toBeUndefined();
		expect(await knows({ references: paths })).toBe('T1');
	});

	it('a signed URL that changes is another work, as the README says of random values', async () => {
		(await remembered({ references: [{ kind: 'url', url: 'https://x.test/1.jpg?Expires=1' }] })).keep(found);
		expect(await knows({ references: [{ kind: 'url', url: 'https://x.test/1.jpg?Expires=2' }] })).toBeUndefined();
	});
});

it('the process forgets the oldest works first, beyond 5,000', async () => {
	(await remembered({ body: { n: 'first' } })).keep(found);
	for (let n = 0; n < 4_999; n += 1) (await remembered({ body: { n } })).keep(found);
	expect(await knows({ body: { n: 'first' } })).toBe('T1');
	(await remembered({ body: { n: 'one more' } })).keep(found);
	expect(await knows({ body: { n: 'first' } })).toBeUndefined();
	expect(await knows({ body: { n: 4_998 } })).toBe('T1');
});
