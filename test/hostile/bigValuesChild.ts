/**
 * Runs the nodes with one large value after another, in a process of its own whose memory bigValues.test.ts limits.
 * Writes what became of each, and the most memory that the process has had.
 */
import type { IDataObject, INodeExecutionData, INodeParameters, INodeType } from 'n8n-workflow';

import { AliyunPortrait } from '../../nodes/AliyunPortrait/AliyunPortrait.node.ts';
import { Kling } from '../../nodes/Kling/Kling.node.ts';
import { PsTask } from '../../nodes/PsTask/PsTask.node.ts';
import { contextOf } from '../unit/tasks/n8n/support';

const size = Number(process.argv[2]);

const long = (piece: string) => piece.repeat(Math.ceil(size / piece.length));

interface Case {
	node: Pick<INodeType, 'customOperations'>;
	resource: string;
	operation?: string;
	parameters: () => IDataObject;
}

const kling = new Kling();
const aliyun = new AliyunPortrait();
const ps = new PsTask();

const expansion = (parameters: () => IDataObject): Case => ({
	node: kling,
	resource: 'imageExpansion',
	parameters: () => ({
		image: 'https://x.test/a.png',
		expansionMode: 'ratios',
		upExpansionRatio: 0.5,
		n: 1,
		...parameters(),
	}),
});
const subjects = (subjectImages: () => unknown): Case => ({
	node: kling,
	resource: 'multiImageToImage',
	parameters: () => ({ subjectImages: subjectImages() as string, aspectRatio: '1:1', n: 1 }),
});
const photos = (list: () => unknown): Case => ({
	node: aliyun,
	resource: 'photo',
	operation: 'upload',
	parameters: () => ({ photos: list() as string }),
});
const portrait = (parameters: () => IDataObject): Case => ({
	node: aliyun,
	resource: 'portrait',
	parameters: () => ({ userId: 'u', style: 's', ...parameters() }),
});
const submit = (parameters: () => IDataObject): Case => ({
	node: ps,
	resource: 'task',
	parameters: () => ({ imageUrl: 'https://x.test/a.png', prompt: 'p', ...parameters() }),
});
const get = (taskId: () => string): Case => ({
	node: kling,
	resource: 'imageExpansion',
	operation: 'get',
	parameters: () => ({ taskId: taskId() }),
});

const CASES: Record<string, Case> = {
	'image: nearly base64': expansion(() => ({ image: `${long('A')}!` })),
	'image: base64 of no image': expansion(() => ({ image: long('A') })),
	'image: a path to nowhere': expansion(() => ({ image: long('a/b.') })),
	'image: dashes': expansion(() => ({ image: long('-') })),
	'image: a data URI': expansion(() => ({ image: `data:image/png;base64,${long('=')}` })),
	'image: a URL': expansion(() => ({ image: `https://x.test/${long('a,')}` })),
	'list: nearly base64': subjects(() => `${long('A')}!`),
	'list: commas': subjects(() => long(',')),
	'list: stars': subjects(() => long('*,')),
	'list: lines': subjects(() => long('\r\n')),
	'list: an array of many': subjects(() => Array<string>(size / 100).fill('data')),
	'photos: nearly base64': photos(() => `${long('A')}!`),
	'photos: a long path': photos(() => long('a/b')),
	'photos: many paths': photos(() => long('a/b.jpg,')),
	'prompt: letters': expansion(() => ({ prompt: long('x') })),
	'prompt: CJK': expansion(() => ({ prompt: long('中') })),
	'style: letters': portrait(() => ({ style: long('x') })),
	'style: as a locator': portrait(() => ({ style: { __rl: true, mode: 'id', value: long('x') } })),
	'user ID: digits': portrait(() => ({ userId: long('1') })),
	'task ID: digits': get(() => long('1')),
	'task ID: spaces within': get(() => `1${long(' ')}1`),
	'extra body: no JSON': expansion(() => ({ options: { extraBody: long('{') } })),
	'extra body: digits': expansion(() => ({ options: { extraBody: long('1') } })),
	'extra body: a list': expansion(() => ({ options: { extraBody: `["${long('x')}"]` } })),
	'extra body: brackets': expansion(() => ({ options: { extraBody: `{"a":${long('[')}` } })),
	'prefix: letters': expansion(() => ({ options: { externalTaskIdPrefix: long('x') } })),
	'image URL: base64 of an image': submit(() => ({ imageUrl: `/9j/${long('A')}` })),
	'sent: extra body': expansion(() => ({ options: { extraBody: `{"negative_prompt":"${long('x')}"}` } })),
	'sent: prompt': submit(() => ({ prompt: long('x') })),
};

async function outcomeOf({ node, resource, operation = 'create', parameters }: Case): Promise<IDataObject> {
	const given: IDataObject = { waitForCompletion: false, resource, operation, ...parameters() };
	const { context, sent } = contextOf({
		node: { parameters: given as INodeParameters },
		parameters: given,
		inputs: { main: [{ json: {} }] },
		credential: { apiKey: 'key', appCodeSecret: 'code', baseUrl: 'https://service.test', region: 'singapore' },
		continueOnFail: true,
		answer: { body: { code: 0, data: { task_id: '1', task_status: 'submitted' } } },
	});
	const before = process.cpuUsage();
	const run = node.customOperations?.[resource]?.[operation];
	const [[item] = []] = ((await run?.call(context)) ?? []) as INodeExecutionData[][];
	const { user, system } = process.cpuUsage(before);
	const { error, details } = item?.json ?? {};
	return { error, details, sent: sent.length, ms: (user + system) / 1_000 };
}

const outcomes: IDataObject = {};
for (const [name, each] of Object.entries(CASES)) outcomes[name] = await outcomeOf(each);
process.stdout.write(JSON.stringify({ outcomes, peakMb: process.resourceUsage().maxRSS / 1024 }));
