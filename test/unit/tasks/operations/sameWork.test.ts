/** Which create is the same work again, where the service cannot refuse a repeat (ARCHITECTURE.md, Money rules). */
import type { IBinaryData, IDataObject } from 'n8n-workflow';
import { beforeEach, describe, expect, it } from 'vitest';

import { aliyunPortrait } from '../../../../nodes/AliyunPortrait/api';
import type { ImageField } from '../../../../nodes/tasks/images/fields';
import type { ImageReference } from '../../../../nodes/tasks/images/reference';
import { readSettings } from '../../../../nodes/tasks/item/settings';
import type { Endpoint } from '../../../../nodes/tasks/model/service';
import { submitOnce, type CreateSpec } from '../../../../nodes/tasks/operations/create';
import { binaryOf, itemOf, type Given } from '../support';

const photos: ImageField = { field: 'img_set', label: 'Photos', list: { parameter: 'photos', most: 20 } };
const endpoint: Endpoint = { service: aliyunPortrait, resource: 'userModel', path: '/create', facts: ['userId'] };

/** Photos are uploaded before, so that the create names their paths. */
const spec: CreateSpec = {
	images: [photos],
	upload: { fact: 'paths', send: async (_item, references) => references.map((_, index) => `u/${index}.jpg`) },
};

interface Asking extends Given {
	body?: IDataObject;
	references?: ImageReference[];
	path?: string;
}

let executions = 0;
let bought = 0;
let execution: Given = {};
beforeEach(() => {
	execution = { executionId: `same-${++executions}`, memory: {} };
});

/** Submits the work of an item; the ID of the task that it became, a new one for each create that was sent. */
async function submit({
	body = { style: 'a' },
	references = [],
	path = '/create',
	...given
}: Asking = {}): Promise<string> {
	const answers = () => ({ body: { ret: 0, body: { task_id: `T${++bought}`, user_id: 'U1' } } });
	const item = itemOf({ ...execution, answers, ...given });
	const at = { ...endpoint, path };
	const images = references.length > 0 ? [{ field: photos, references }] : [];
	const settings = readSettings(item, at);
	const { task } = await submitOnce(item, at, spec, { settings, request: () => ({ body, images }) });
	return task.taskId;
}

const isSame = async (first: Asking, second: Asking) => (await submit(first)) === (await submit(second));

describe('a create is bought once', () => {
	it('by the same execution, node, run, item and request', async () => {
		expect(await isSame({}, {})).toBe(true);
	});

	it('wherever the service is to call back', async () => {
		expect(await isSame({}, { body: { style: 'a', callback_url: 'https://x.test' } })).toBe(true);
	});

	it('by an agent that calls the tool again, as another item of another run', async () => {
		const node = { type: 'n8n-nodes-kling-aliyun.aliyunPortraitTool' };
		expect(await isSame({ node }, { node, runIndex: 3, itemIndex: 1, items: [{ json: {} }, { json: {} }] })).toBe(true);
	});
});

describe('a mistake of ours after a create was sent', () => {
	/** A service whose answer to the create makes our own code fail outside of every reader. */
	const broken = {
		...aliyunPortrait,
		readTask: () => ({
			...aliyunPortrait.readTask({ task_id: 'T0' }, { resource: 'userModel' }),
			get taskId(): string {
				throw new RangeError('Maximum call stack size exceeded');
			},
		}),
	};

	it('is remembered as a lost create, which Retry On Fail does not send again', async () => {
		const at = { ...endpoint, service: broken };
		const sent: unknown[] = [];
		for (const expected of [/Maximum call stack/, /Not sent again.*Maximum call stack/]) {
			const answers = [{ body: { ret: 0, body: { task_id: 'T0' } } }];
			const item = itemOf({ ...execution, answers });
			const request = () => ({ body: { style: 'a' }, images: [] });
			await expect(submitOnce(item, at, { images: [] }, { settings: readSettings(item, at), request })).rejects.toThrow(
				expected,
			);
			sent.push(...item.sent);
		}
		expect(sent).toHaveLength(1);
	});
});

describe('it is other work for', () => {
	it.each<[string, Asking]>([
		['another execution', { executionId: 'other', memory: {} }],
		['another node', { node: { id: 'node-2' } }],
		['another run', { runIndex: 1 }],
		['another item', { itemIndex: 1, items: [{ json: {} }, { json: {} }] }],
		['another request', { body: { style: 'b' } }],
		['a field more', { body: { style: 'a', seed: 1 } }],
		['a field more in Raw JSON Fields', { parameters: { options: { extraBody: { seed: 1 } } } }],
		['another endpoint', { path: '/other' }],
		['a photo more', { references: [{ kind: 'url', url: 'https://x.test/a.jpg' }] }],
	])('%s', async (_, other) => {
		expect(await isSame({}, other)).toBe(false);
	});
});

describe('images count by what they are', () => {
	const photo = Buffer.from('photo one');
	const binary = (data: IBinaryData, name = 'p'): ImageReference => ({ kind: 'binary', name, binary: data });

	it('the same bytes under another field and file name are the same work', async () => {
		const first = [binary({ ...binaryOf(photo), fileName: 'a.jpg' })];
		const second = [binary({ ...binaryOf(photo), fileName: 'b.jpg' }, 'q')];
		expect(await isSame({ references: first }, { references: second })).toBe(true);
	});

	it.each<[string, ImageReference[]]>([
		['other bytes', [binary(binaryOf(Buffer.from('photo two')))]],
		['a path', [{ kind: 'path', path: 'u/1.jpg' }]],
		['a URL', [{ kind: 'url', url: 'https://x.test/1.jpg' }]],
		['base64', [{ kind: 'base64', base64: Buffer.from('photo two').toString('base64') }]],
		['twice the same', [binary(binaryOf(photo)), binary(binaryOf(photo))]],
		['none', []],
	])('%s are other work', async (_, references) => {
		expect(await isSame({ references: [binary(binaryOf(photo))] }, { references })).toBe(false);
	});

	it('their order counts', async () => {
		const references = ['a/1.jpg', 'a/2.jpg'].map((path): ImageReference => ({ kind: 'path', path }));
		const first = await submit({ references });
		expect(await submit({ references: [...references].reverse() })).not.toBe(first);
		expect(await submit({ references })).toBe(first);
	});

	it('a signed URL that changes is other work, as docs/pay-once.md says of random values', async () => {
		const signed = (expires: number): ImageReference[] => [
			{ kind: 'url', url: `https://x.test/1.jpg?Expires=${expires}` },
		];
		expect(await isSame({ references: signed(1) }, { references: signed(2) })).toBe(false);
	});
});
