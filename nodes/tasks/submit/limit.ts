import type { ItemContext } from '../item/context';
import type { Settings } from '../item/settings';
import { isTool } from '../item/workIdentity';
import { costOf } from '../item/workRecord';
import { inputError } from '../model/errors';
import type { Endpoint, Price } from '../model/service';
import { count, holding } from '../util/text';
import { mergeBody } from './bodyRules';
import type { CreateRequest } from './submit';
import { fingerprintWithImages } from './workFingerprint';

/** An item that is about to be sent. */
interface Candidate {
	item: ItemContext;
	settings: Settings;
	request(): CreateRequest | Promise<CreateRequest>;
}

/** What a candidate may cost, and which work it is where that is asked for. */
interface Estimate {
	units: number;
	fingerprint?: string;
}

/** Prices change: a list older than this, in ms, is said to be. */
const OLD_MS = 180 * 24 * 60 * 60 * 1000;

/**
 * Maximum Units: compares what all items of a run may cost by the price list with the smallest limit that one of them has
 * set. An agent calls a tool item by item, so there all calls of the execution count. Throws an inputError, before
 * anything is sent, when it is too much, or when the list says nothing of an item (docs/cost.md, Maximum Units).
 */
export async function refuseAboveLimit({ price, ...endpoint }: Endpoint, candidates: Candidate[]): Promise<void> {
	const [first] = candidates;
	if (!price || !first) return;
	const isCounted = isTool(first.item);
	const own = Math.min(...candidates.map(({ settings }) => settings.maxUnits || Infinity));
	if (own === Infinity && !isCounted) return;
	const estimates: Estimate[] = [];
	for (const candidate of candidates) {
		const { item, settings } = candidate;
		const made = await candidate.request();
		const units = price.units(mergeBody(made.body, settings.extraBody));
		if (typeof units === 'number') {
			const fingerprint = isCounted ? await fingerprintWithImages(item, endpoint, made, settings.extraBody) : undefined;
			estimates.push({ units, fingerprint });
		} else if (own < Infinity) throw unknownPrice(item, price, units.unknown);
	}
	const { sum, limit, before } = isCounted
		? amongCalls(first.item, estimates, own)
		: { sum: total(estimates), limit: own, before: 0 };
	if (sum > limit) throw aboveLimit(first.item, price, { sum, limit, before, estimates });
}

/** What the calls of an agent's execution may cost, with those that were made before. */
function amongCalls({ run }: ItemContext, estimates: Estimate[], own: number) {
	let [sum, limit, before] = [0, own, 0];
	for (const { units, fingerprint = '' } of estimates) {
		const plan = run.work.planned(fingerprint, units, own);
		sum = costOf(plan);
		limit = plan.limit;
		before = sum - units;
	}
	return { sum, limit, before };
}

function total(estimates: Estimate[]): number {
	return estimates.reduce((sum, { units }) => sum + units, 0);
}

interface Excess {
	sum: number;
	limit: number;
	/** Units of earlier calls. */
	before: number;
	estimates: Estimate[];
}

function aboveLimit({ node, itemIndex, clock }: ItemContext, price: Price, excess: Excess) {
	const { sum, limit, before, estimates } = excess;
	const parts = [...grouped(estimates), ...(before > 0 ? [`${before} units of earlier calls`] : [])];
	return inputError(
		node,
		itemIndex,
		`This run could cost ${count(sum, 'unit')}; your limit is ${limit}`,
		`${parts.join(' + ')} (${listOf(price, clock.now())}). Nothing was sent: raise Maximum Units, or make fewer images.`,
	);
}

/** "2 items × 20 units", for each price. */
function grouped(estimates: Estimate[]): string[] {
	const items = new Map<number, number>();
	for (const { units } of estimates) items.set(units, (items.get(units) ?? 0) + 1);
	return [...items].map(([units, number]) => `${count(number, 'item')} × ${count(units, 'unit')}`);
}

function unknownPrice({ node, itemIndex, clock }: ItemContext, price: Price, unknown: string) {
	return inputError(
		node,
		itemIndex,
		holding(unknown, (part) => `No list price is known for ${part}, so Maximum Units cannot hold`),
		`Choose another one, or remove Maximum Units from the Options (${listOf(price, clock.now())}). Nothing was sent.`,
	);
}

function listOf({ checked }: Price, now: number): string {
	const isOld = now - Date.parse(checked) > OLD_MS;
	return `list price of ${checked}${isOld ? ', which is more than 180 days old' : ''}`;
}
