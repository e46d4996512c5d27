import type { IDataObject } from 'n8n-workflow';

import {
	asRecord,
	asText,
	isoTime,
	outcomeError,
	read,
	sentAt,
	withoutUndefined,
	type ItemContext,
	type Reply,
	type Service,
	type Verdict,
} from '../../tasks';
import { DAY_MS, decimalIn, kling } from '../api';
import { listIn } from './lists';

/** The request for the packs of an account (docs/services/kling.md, Account). */
export const PACKS_REQUEST = { method: 'GET', url: '/account/costs' } as const;

/** At most one such request a second is allowed; a bit more, because requests do not all travel equally fast. */
const APART_MS = 1_200;

/** A resource pack as the node hands it on. Times are in ISO 8601. */
export interface Pack extends IDataObject {
	name?: string;
	packId?: string;
	type?: string;
	/** Units. */
	total?: number;
	/** Units, up to 12 hours old. */
	remaining?: number;
	purchasedAt?: string;
	validFrom?: string;
	validUntil?: string;
	/** Whole days until the end of its validity; 0 afterwards. */
	daysLeft?: number;
	/** As received. */
	status?: string;
}

/** A pack, and whether something can be paid with it now. */
export interface ListedPack {
	pack: Pack;
	isUsable: boolean;
}

/** The answer about packs holds another one, with a code of its own. */
const packsService: Service = { ...kling, readReply: readInnerReply };

/** The packs bought within so many days, in the service's order. Throws a TaskError. */
export async function listPacks(item: ItemContext, purchasedWithinDays: number): Promise<ListedPack[]> {
	const end_time = item.clock.now();
	const qs = { start_time: Math.max(0, end_time - purchasedWithinDays * DAY_MS), end_time };
	const outcome = await read(item, packsService, { ...PACKS_REQUEST, qs, apartMs: APART_MS });
	const packs = 'verdict' in outcome && outcome.verdict.ok ? packsIn(outcome.verdict.data, outcome.reply) : undefined;
	if (packs) return packs;
	throw await outcomeError(item, { service: kling }, outcome, { taskState: 'not-created', what: 'to list the packs' });
}

function readInnerReply(reply: Reply): Verdict {
	const outer = kling.readReply(reply);
	if (!outer.ok) return outer;
	const { code, msg, message } = asRecord(outer.data);
	if (code === undefined) return outer;
	const inner = kling.readReply({ ...reply, body: { code, message: msg ?? message, request_id: outer.requestId } });
	return inner.ok ? outer : inner;
}

/** The packs in a payload; undefined when it cannot be one: that is not the same as an account without packs. */
function packsIn(data: unknown, { headers }: Reply): ListedPack[] | undefined {
	const listed = listIn(data, 'resource_pack_subscribe_infos');
	// The end of a pack is told by the service's clock, and so is the present.
	const now = sentAt(headers);
	return listed?.map((raw) => packOf(raw, now));
}

function packOf(raw: Record<string, unknown>, now: number): ListedPack {
	const validUntil = isoTime(raw.invalid_time);
	const leftMs = validUntil === undefined ? undefined : Math.max(0, Date.parse(validUntil) - now);
	const status = asText(raw.status);
	const pack = withoutUndefined<Pack>({
		name: asText(raw.resource_pack_name),
		packId: asText(raw.resource_pack_id),
		type: asText(raw.resource_pack_type),
		total: decimalIn(raw.total_quantity),
		remaining: decimalIn(raw.remaining_quantity),
		purchasedAt: isoTime(raw.purchase_time),
		validFrom: isoTime(raw.effective_time),
		validUntil,
		daysLeft: leftMs === undefined ? undefined : Math.floor(leftMs / DAY_MS),
		status,
	});
	return { pack, isUsable: status?.trim().toLowerCase() === 'online' && leftMs !== 0 };
}
