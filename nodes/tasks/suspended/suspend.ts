import type { IDataObject, IExecuteData, IExecuteFunctions, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import { prepareCreate, submitOnce, waitForOnce, type CreateSpec, type SubmittedOnce } from '../create';
import { declaredBody } from './declaredBody';
import { runItems, type DirectService } from '../direct';
import { lookForEnds } from './ends';
import { quote, refuseInput, taskError } from '../errors';
import type { ItemExchange, TaskReply } from '../exchange';
import { takesAllItems } from '../imageFields';
import { asRecord } from '../json';
import { paginate, warnOfRunningTasks, type Operation } from '../operation';
import type { TaskEndpoint } from '../provider';
import { isReachable } from './reachable';
import type { Prepared } from '../submit';
import { endedItems, storeSuspension, submittedItem, type SuspendedItem, type SuspendedTask } from './suspension';
import { hasEnded } from '../task';

/** What is created, of what the node declares, and where its own request fields are. */
export interface SuspendSpec {
	create: CreateSpec;
	fields: INodeProperties[];
	/** Those in Options. */
	options: INodeProperties[];
}

/** One task handed in by this run. */
interface HandedIn {
	exchange: ItemExchange;
	submitted: SubmittedOnce;
	item: SuspendedTask;
	/** The task and its answer, where it has ended already. */
	waited?: TaskReply;
	timeoutMs: number;
}

/**
 * Create and Wait for Callback: submits the tasks of all items, each of which reports to this execution, and suspends the
 * execution in n8n's database; `resume.ts` goes on from there. n8n calls it as a custom operation, once for all items.
 */
export function createAndSuspend(endpoint: TaskEndpoint, spec: SuspendSpec, service: DirectService) {
	return async function (this: IExecuteFunctions): Promise<INodeExecutionData[][]> {
		const handedIn = new Map<number, HandedIn>();
		const run = paginate(endpoint, handIn(spec, handedIn));
		const outputs = await runItems(this, run, service, { method: 'POST', url: endpoint.path });
		const items = outputs.flatMap((output, index): SuspendedItem[] => {
			const one = handedIn.get(index);
			return one ? [one.item] : output.map(({ json }) => ({ failed: json }));
		});
		const tasks = [...handedIn.values()];
		const [first] = tasks;
		if (!first) return [outputs.flat()];
		// A callback that comes while the execution still runs is refused by n8n: whoever has ended by now is seen here.
		const ended = new Map(tasks.flatMap(({ waited }) => (waited ? [[waited.task.taskId, waited] as const] : [])));
		const awaited = tasks.map(({ item: { task, output } }) => ({ taskId: task.taskId, wholeReply: !output.simplify }));
		const seen = await lookForEnds(first.exchange, awaited, ended);
		refuseStopped(first.exchange);
		if (seen === 'all') {
			for (const { submitted } of tasks) if (ended.get(submitted.task.taskId)?.task.status === 'failed') submitted.fail();
			return [await endedItems(items, ended, (index) => handedIn.get(index)?.exchange ?? first.exchange)];
		}
		storeSuspension(first.exchange, endpoint.resource, items);
		const prepared = items.map(submittedItem);
		// n8n hands its input on when the time is up, and keeps it until then. Other nodes share the items themselves.
		const entry = this.getExecuteData();
		entry.data = { ...entry.data, main: [prepared] };
		await this.putExecutionToWait(new Date(first.exchange.clock.now() + Math.max(...tasks.map(({ timeoutMs }) => timeoutMs))));
		// An error in the first place would make Retry On Fail run the node again, with the items that n8n keeps now.
		return [prepared.filter((_, index) => 'task' in (items[index] ?? {}))];
	};
}

/** Submits the task of an item, and leaves it. */
function handIn({ create, fields, options }: SuspendSpec, handedIn: Map<number, HandedIn>): Operation<Prepared | undefined> {
	return {
		pays: true,
		prepare(exchange) {
			if (takesAllItems(exchange) && exchange.itemIndex > 0) return undefined;
			const callbackUrl = resumeUrl(exchange);
			const prepared = prepareCreate(exchange, create, resolved(exchange, fields, options));
			return { ...prepared, body: { ...prepared.body, ...reportingTo(exchange, prepared, callbackUrl) } };
		},
		async perform(exchange, prepared) {
			// With the pictures of all items in one task, the first item stands for all.
			if (!prepared) return [];
			const { settings } = prepared;
			const submitted = await submitOnce(exchange, create, prepared);
			const isOurs = reportsHere(exchange, submitted);
			const waited = isOurs ? submitted : await waitForOnce(exchange, create, prepared, submitted);
			submitted.release();
			const { simplify, binaryPrefix } = settings;
			const downloadImages = settings.downloadImages && !exchange.endpoint.withoutImages;
			const own = settings.passInputFields ? exchange.context.getInputData(0).json : undefined;
			const item = { task: waited.task, output: { simplify, downloadImages, binaryPrefix }, ...(own && { own }) };
			handedIn.set(exchange.itemIndex, { exchange, submitted, item, waited: hasEnded(waited.task) ? waited : undefined, timeoutMs: settings.timeoutMs });
			return [];
		},
	};
}

/** Tasks that a node has submitted, by what n8n hands to all its tries of one run. */
const submittedBy = new WeakMap<IExecuteData, Set<string>>();

/** Whether the end of a task will wake this execution: what was there before reports to whoever made it. */
function reportsHere({ context }: ItemExchange, { task, wasThere }: SubmittedOnce): boolean {
	const own = submittedBy.get(context.getExecuteData()) ?? new Set();
	submittedBy.set(context.getExecuteData(), own);
	if (!wasThere) own.add(task.taskId);
	return own.has(task.taskId);
}

/** A stopped execution must not fall asleep: nobody would wake it. */
function refuseStopped(exchange: ItemExchange): void {
	if (!exchange.signal?.aborted) return;
	warnOfRunningTasks(exchange);
	throw taskError(exchange.context.getNode(), {
		itemIndex: exchange.itemIndex,
		message: 'The execution was stopped before it fell asleep',
		hint: 'The log of n8n names the tasks, which go on and will be charged.',
		taskState: 'created',
		retryable: true,
	});
}

/** The body that the parameters make. n8n's own words about one that does not resolve become those of the item's error. */
function resolved(exchange: ItemExchange, fields: INodeProperties[], options: INodeProperties[]): IDataObject {
	try {
		return declaredBody(exchange.context, fields, options);
	} catch (error) {
		const problem = error instanceof Error ? error.message : String(error);
		return refuseInput(exchange, `A parameter cannot be read: ${problem}`, 'Check the expressions of the node. Nothing was sent.');
	}
}

/** The address of this very execution. Throws a TaskError when the service cannot reach it. */
function resumeUrl(exchange: ItemExchange): string {
	const { context, endpoint, itemIndex } = exchange;
	const url = String(context.evaluateExpression('{{ $execution.resumeUrl }}', itemIndex) ?? '');
	const { allowUnreachable } = asRecord(context.getNodeParameter('options', {}));
	if (allowUnreachable === true || isReachable(url)) return url;
	return refuseInput(
		exchange,
		`${endpoint.provider.name} cannot call this n8n back: its address is ${quote(url)}, which only its own network can reach`,
		'Set the environment variable WEBHOOK_URL of n8n to its public address, or use Create with Wait for Completion. If a relay or tunnel leads here, switch on Allow Unreachable Address. Nothing was sent.',
	);
}

/** The request's field for the address that the service reports to. Extra Body must not send the reports elsewhere. */
function reportingTo(exchange: ItemExchange, { settings }: Prepared, callbackUrl: string): IDataObject {
	const { callbackField = '' } = exchange.endpoint.provider;
	if (callbackField in settings.extraBody) {
		refuseInput(
			exchange,
			`Extra Body holds ${callbackField}, but this operation needs the reports itself`,
			`Remove ${callbackField} from Extra Body, or use the operation Create. Nothing was sent.`,
		);
	}
	return { [callbackField]: callbackUrl };
}
