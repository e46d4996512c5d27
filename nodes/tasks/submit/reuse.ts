import { isUnknown, findTask } from '../http/taskApi';
import { outcomeError } from '../http/errors';
import { refusalOf, sentAt } from '../http/client';
import type { ItemContext } from '../item/context';
import type { Settings } from '../item/settings';
import type { Endpoint } from '../model/service';
import { withExternalId, type TaskReply } from '../model/task';
import { asText } from '../util/parse';
import { LAST_SUFFIX, withSuffix } from './attempt';
import { mergeBody } from './bodyRules';
import type { CreateRequest } from './submit';
import { fingerprintWithImages } from './workFingerprint';

/**
 * How long an ID for all executions stays the same, in ms. Shorter than services keep results, so that what is found under
 * it is still there; what is found under the ID before may be gone.
 */
const PERIOD_MS = 28 * 24 * 60 * 60 * 1000;

/** An earlier result of the same work; or the ID under which the work is bought now, and the first suffix that is free. */
export type Earlier = { found: TaskReply } | SharedId;

/** An external ID that is the same in every execution, and the number to be put behind it; 1 = none. */
export interface SharedId {
	id: string;
	suffix: number;
}

const REUSED = 'This is the result of an earlier run; nothing was bought.';

/**
 * Looks for an earlier result of the same request of this workflow, node, run and item, where the user wants that
 * (docs/cost.md, Reuse Earlier Results). Gives undefined where each execution buys its own. Throws a TaskError when the
 * service cannot be asked: nothing is bought then.
 */
export async function earlierResult(
	item: ItemContext,
	endpoint: Endpoint,
	settings: Settings,
	request: () => CreateRequest | Promise<CreateRequest>,
): Promise<Earlier | undefined> {
	if (!isWanted(item, settings)) return undefined;
	const { service } = endpoint;
	const { work } = item.run;
	const made = await request();
	const merged = mergeBody(made.body, settings.extraBody);
	if (settings.externalTaskId || asText(merged[service.idempotency?.field ?? ''])) return undefined;
	const fingerprint = await fingerprintWithImages(item, endpoint, made, settings.extraBody, {
		urlsWithoutQuery: true,
	});
	const period = Math.floor(item.clock.now() / PERIOD_MS);
	const idIn = (which: number) => settings.externalTaskIdPrefix + work.sharedId(item.itemIndex, fingerprint, which);
	const now = await lookUnder(item, endpoint, idIn(period));
	if ('found' in now) return reused(item, endpoint, now);
	// A result of the period before may still be there.
	const before = await lookUnder(item, endpoint, idIn(period - 1));
	if ('found' in before) return reused(item, endpoint, before);
	// Whatever is bought under this ID fails, so this execution buys under its own.
	return now.suffix > LAST_SUFFIX ? undefined : now;
}

function reused({ progress }: ItemContext, { facts }: Endpoint, earlier: { found: TaskReply }): Earlier {
	progress.saw(earlier.found.task, facts);
	progress.warn(REUSED);
	return earlier;
}

/** Whether this execution may take earlier results. A workflow that was never saved is not the same the next time. */
function isWanted(item: ItemContext, { reuseResults }: Settings): boolean {
	if (reuseResults === 'never' || item.execution.workflowId === '') return false;
	return reuseResults === 'always' || item.run.work.isManual;
}

/** The first task under an ID, or under it with a number behind, that is of use; or the first of these that is free. */
async function lookUnder(item: ItemContext, endpoint: Endpoint, id: string): Promise<Earlier> {
	for (let suffix = 1; suffix <= LAST_SUFFIX; suffix += 1) {
		const externalTaskId = withSuffix(id, suffix);
		const found = await findTask(item, endpoint, externalTaskId);
		if (!('task' in found)) {
			if (isUnknown(found) || refusalOf(found)?.meaning === 'notListed') return { id, suffix };
			const what = 'to show an earlier result';
			throw await outcomeError(item, endpoint, found, { taskState: 'not-created', what });
		}
		if (isOfUse(item, found)) return { found: { ...found, task: withExternalId(found.task, externalTaskId) } };
	}
	return { id, suffix: LAST_SUFFIX + 1 };
}

/** A failed task is bought anew, and one whose images are gone. */
function isOfUse(item: ItemContext, { task, reply }: TaskReply): boolean {
	const isExpired = Date.parse(task.expiresAt ?? '') <= sentAt(reply.headers, item.clock);
	return task.status !== 'failed' && !isExpired;
}
