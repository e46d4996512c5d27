import { failureOf, outputOf } from '../../../sandbox/n8n/execution';
import type { Workflow } from '../../../sandbox/n8n/workflow';
import { ALIYUN, personPhotos, taskWorkflow, TRAINING, TRIGGER } from '../../e2e/setup/workflows';
import { boughtOf } from './accounts';
import { compare, type Account, type Books } from './books';
import { Clerk, type Kind } from './clerk';
import type { Row } from './executions';
import { FAILING, placeOrders, type Placed } from './load';
import { unhandledIn } from './logs';
import { growths, watchMemory, type Growth } from './memory';
import { findings, summary } from './report';
import { MINUTES, SEED } from './settings';
import { staticDataOf } from './staticData';
import { makeTrouble, troubles, type Made } from './trouble';
import { TRIGGER_PREFIX, waysIn, type WayName } from './ways';
import { RECIPE_ACCOUNT, type World } from './world';

const MINUTE = 60_000;

/** What came of a run. */
export interface Outcome {
	placed: Placed;
	made: Made;
	/** What our nodes have bought, and what the recipe has. */
	ours: Books;
	recipe: Books;
	/** Tasks in the ledger. */
	tasks: number;
	/** Tasks that were delivered. */
	byWay: Map<WayName, number>;
	rows: Row[];
	/** Executions that killed workers had left as if they were running. */
	stopped: number;
	/** Growth of main and worker, by name. */
	memory: Map<string, Growth>;
	/** What n8n keeps of workflows between executions, in characters, by ID. */
	staticData: Map<string, number>;
	/** The workflows that polling triggers start, by ID. */
	watches: Set<string>;
	/** Lines of logs. */
	unhandled: string[];
}

/** A user model that portraits can be made of. */
async function trainedModel({ n8n, aliyun, photoOf }: World): Promise<string> {
	const photos = personPhotos(new URL('..', photoOf('person-1')).href.replace(/\/$/, ''));
	const { id } = await n8n.importWorkflow(taskWorkflow('Train', [{ photos }], TRAINING, aliyun));
	const execution = await n8n.runToEnd(id, TRIGGER);
	const [item] = outputOf(execution, ALIYUN);
	if (item === undefined) throw new Error(`No user model: ${failureOf(execution)}`);
	return String(item.json.userId);
}

/** Minutes of load and trouble, their end, and what came of it; tells it too. */
export async function soak(at: World): Promise<Outcome> {
	const { n8n, provider } = at;
	const { ways, watches } = waysIn(at, await trainedModel(at));
	const before = provider.ledger().length;
	const kinds = new Map<string, Kind>();
	const watchIds = new Set<string>();
	for (const watch of watches) watchIds.add(await published(watch));
	for (const way of ways) await published(way);
	async function published({ workflow, name, end, keyless }: Kind & { workflow: Workflow }): Promise<string> {
		const { id } = await n8n.importWorkflow(workflow);
		await n8n.publish(id);
		kinds.set(id, { name, end, keyless });
		return id;
	}
	provider.fates([{ match: { promptIncludes: FAILING }, fate: 'failed' }]);

	console.log(`soak: ${MINUTES} minutes of load begin (seed ${SEED})`);
	const endsAt = Date.now() + MINUTES * MINUTE;
	const clerk = new Clerk(at, kinds);
	const ending = new AbortController();
	const watching = watchMemory(at, ending.signal);
	const working = clerk.work(ending.signal);
	const [placed, made] = await Promise.all([
		placeOrders(at, ways, SEED, endsAt),
		makeTrouble(at, troubles(SEED, MINUTES, at.queue.workers.length), endsAt),
	]);
	ending.abort();
	const memory = growths(await watching);
	await working;
	console.log('soak: the load has ended; what is open comes to its end');

	const ledger = () => provider.ledger().slice(before);
	const rows = await clerk.quiet(async (all) => {
		// A trigger may have to report what has ended just now.
		const accounts = await clerk.accounts(all.filter(({ workflowId }) => watchIds.has(workflowId)));
		const reported = new Set(accounts.flatMap(({ delivered }) => delivered));
		return ledger().every(
			({ taskId, externalTaskId }) => !externalTaskId.startsWith(TRIGGER_PREFIX) || reported.has(taskId),
		);
	});
	const accounts = await clerk.accounts(rows);
	const books = (isTheirs: boolean) =>
		compare(
			ledger()
				.filter(({ account }) => (account === RECIPE_ACCOUNT.name) === isTheirs)
				.map(boughtOf),
			accounts.filter(({ way }) => (way === 'recipe') === isTheirs),
		);
	const taskIds = new Set(ledger().map(({ taskId }) => taskId));
	const result: Outcome = {
		placed,
		made,
		ours: books(false),
		recipe: books(true),
		tasks: taskIds.size,
		byWay: deliveredByWay(accounts, taskIds),
		rows,
		stopped: clerk.stopped.size,
		memory,
		staticData: await staticDataOf(at),
		watches: watchIds,
		unhandled: await unhandledIn(at),
	};
	console.log(summary(result));
	for (const finding of await findings(at, clerk, result)) console.log(finding);
	return result;
}

function deliveredByWay(accounts: Array<Account & { way: WayName }>, taskIds: Set<string>): Map<WayName, number> {
	const byWay = new Map<WayName, number>();
	for (const { way, delivered } of accounts) {
		const tasks = new Set(delivered.filter((id) => taskIds.has(id)));
		byWay.set(way, (byWay.get(way) ?? 0) + tasks.size);
	}
	return byWay;
}
