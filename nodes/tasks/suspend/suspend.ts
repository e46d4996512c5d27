import type { IDataObject } from 'n8n-workflow';

import { refuseInput, type ItemContext } from '../item/context';
import { warnOfTasks, type Operation } from '../item/runItems';
import { flagIn } from '../item/values';
import { taskError } from '../model/errors';
import type { Endpoint } from '../model/service';
import { hasEnded, withWarning, type TaskReply } from '../model/task';
import { nodeCall, type CustomOperation } from '../n8n/customOperation';
import type { Declaration } from '../n8n/declaredRequest';
import {
	admitCreates,
	prepareCreate,
	submitOnce,
	waitForSubmitted,
	type CreateSpec,
	type PreparedCreate,
	type SubmittedOnce,
} from '../operations/create';
import { asRecord } from '../util/parse';
import { holding, hostOf } from '../util/text';
import { lookForEnds } from './ends';
import { isReachable } from './publicUrl';
import { endedItems, storeSuspension, submittedItem, type SuspendedItem, type SuspendedTask } from './state';

/** One task submitted by this run. */
interface Handed {
	item: ItemContext;
	submitted: SubmittedOnce;
	suspended: SuspendedTask;
	/** The task and its answer, where it has ended already. */
	ended?: TaskReply;
	timeoutMs: number;
}

/**
 * Create and Wait for Callback: submits the tasks of all items, each of which calls this execution back, and suspends the
 * execution in n8n's database; `resume.ts` goes on from there. n8n calls it as a custom operation, once for all items.
 */
export function createAndSuspend(endpoint: Endpoint, spec: CreateSpec, declaration: Declaration): CustomOperation {
	return nodeCall(async (call) => {
		const handed = new Map<number, Handed>();
		const { items, outputs } = await call.runItems(submitTasks(endpoint, spec, handed, call.run), declaration);
		const suspended = outputs.flatMap((output, index): SuspendedItem[] => {
			const one = handed.get(index);
			return one ? [one.suspended] : output.map(({ json }) => ({ failed: json }));
		});
		const tasks = [...handed.values()];
		const [first] = tasks;
		if (!first) return [outputs.flat()];
		// A callback that comes while the execution still runs is refused by n8n: whoever has ended by now is seen here.
		const ended = new Map(tasks.flatMap(({ ended: reply }) => (reply ? [[reply.task.taskId, reply] as const] : [])));
		const awaited = tasks.map(({ suspended: { task, output } }) => ({
			taskId: task.taskId,
			wholeReply: !output.simplify,
		}));
		const seen = await lookForEnds(first.item, endpoint, awaited, ended);
		refuseStopped(first.item, items, endpoint);
		if (seen === 'all') {
			for (const { submitted } of tasks)
				if (ended.get(submitted.task.taskId)?.task.status === 'failed') submitted.fail();
			try {
				return [await endedItems(suspended, endpoint, ended, (index) => items[index] ?? first.item)];
			} finally {
				// A stop during the download.
				if (first.item.signal?.aborted) warnOfTasks(items, endpoint.service.list !== undefined);
			}
		}
		storeSuspension(first.item, endpoint.resource, suspended);
		const prepared = suspended.map(submittedItem);
		const longestMs = tasks.reduce((longest, { timeoutMs }) => Math.max(longest, timeoutMs), 0);
		await call.suspend(prepared, first.item.clock.now() + longestMs);
		// An error in the first place would make Retry On Fail run the node again, with the items that n8n keeps now.
		return [prepared.filter((_, index) => 'task' in (suspended[index] ?? {}))];
	});
}

/** Submits the task of an item, and leaves it. */
function submitTasks(
	endpoint: Endpoint,
	spec: CreateSpec,
	handed: Map<number, Handed>,
	run: object,
): Operation<PreparedCreate | undefined> {
	return {
		isListed: endpoint.service.list !== undefined,
		isKeyless: endpoint.service.idempotency === undefined,
		async prepare(item) {
			const prepared = await prepareCreate(item, endpoint, spec);
			if (!prepared) return undefined;
			const called = calledBack(item, endpoint, prepared);
			const request = async () => {
				const made = await prepared.request();
				return { ...made, body: { ...made.body, ...called } };
			};
			return { ...prepared, request };
		},
		settle: async (prepared) => await prepared?.checking,
		admit: async (fit) => await admitCreates(endpoint, fit),
		async perform(item, prepared) {
			// With the images of all items in one task, the first item stands for all.
			if (!prepared) return [];
			const { settings } = prepared;
			const submitted = await submitOnce(item, endpoint, spec, prepared);
			const { task, reply } = callsHere(run, submitted)
				? submitted
				: await waitForSubmitted(item, endpoint, settings, submitted);
			submitted.release();
			const { simplify, binaryPrefix, fileName, aspectRatio, timeoutMs } = settings;
			const downloadImages = settings.downloadImages && !endpoint.withoutImages;
			const whole = item.progress.warnings.reduce(withWarning, { ...item.progress.facts, ...task });
			const own = settings.passInputFields ? item.input.json : undefined;
			const suspended = {
				task: whole,
				output: { simplify, downloadImages, binaryPrefix, fileName, ...(aspectRatio && { aspectRatio }) },
				...(own && { own }),
			};
			const ended = hasEnded(task) ? { task: whole, reply } : undefined;
			handed.set(item.itemIndex, { item, submitted, suspended, ended, timeoutMs });
			return [];
		},
	};
}

/** Tasks that a node has submitted, by what n8n hands to all its tries of one run. */
const submittedBy = new WeakMap<object, Set<string>>();

/** Whether the end of a task will resume this execution: what was there before calls back whoever made it. */
function callsHere(run: object, { task, wasThere }: SubmittedOnce): boolean {
	const own = submittedBy.get(run) ?? new Set<string>();
	submittedBy.set(run, own);
	if (!wasThere) own.add(task.taskId);
	return own.has(task.taskId);
}

/** A stopped execution must not be suspended: nobody would resume it. */
function refuseStopped({ node, itemIndex, signal }: ItemContext, items: ItemContext[], { service }: Endpoint): void {
	if (!signal?.aborted) return;
	warnOfTasks(items, service.list !== undefined);
	throw taskError(node, {
		itemIndex,
		headline: 'The execution was stopped before it was suspended',
		hint: 'The log of n8n names the tasks, which go on and will be charged.',
		taskState: 'created',
		retryable: true,
	});
}

/** The request's field for the address that the service calls back. Raw JSON Fields must not send the callbacks elsewhere. */
function calledBack(item: ItemContext, { service }: Endpoint, { settings }: PreparedCreate): IDataObject {
	const { callbackField = '', name } = service;
	if (callbackField in settings.extraBody) {
		refuseInput(
			item,
			`Raw JSON Fields holds ${callbackField}, but this operation needs the callbacks itself`,
			`Remove ${callbackField} from Raw JSON Fields, or use the operation Create. Nothing was sent.`,
		);
	}
	const url = String(item.evaluate('{{ $execution.resumeUrl }}', item.itemIndex) ?? '');
	const { allowUnreachable = false } = asRecord(item.parameter('options', {}));
	const goesOn = flagIn(item, 'Allow Unreachable Address', allowUnreachable);
	if (goesOn || isReachable(url)) return { [callbackField]: url };
	return refuseInput(
		item,
		holding(hostOf(url), (host) => `${name} cannot call this n8n back: its address ${host} is not public`),
		'Set WEBHOOK_URL of n8n to its public address, or use Create with Wait for Result. If a relay or tunnel leads here, switch on Allow Unreachable Address. Nothing was sent.',
	);
}
