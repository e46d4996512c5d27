import type { Answer } from '../core/answer';
import type { World } from '../core/world';
import type { Account } from './account';
import { parseBody } from './body';
import { success } from './envelope';
import { Refusal, invalid } from './errors';
import { cursorOf, meets, readLedgerQuery, type LedgerKind } from './ledger-query';
import { payer, rounded, type PackState, type Purses } from './purses';
import type { Task } from './task';
import type { Tasks } from './tasks';

/** A row of a ledger, and what filters look at beside it. */
interface Row {
	at: number;
	createdAt: number;
	filterable: Record<string, string>;
	shown: object;
}

const secondMs = 1000;
const noTokens =
	'Authentication error. The current API does not support AK/SK; please go to the console to create API key.';

/** What an account has and what its tasks cost (docs/services/kling.md, Account). */
export class Assets {
	/** When /account/costs was last answered, by account. */
	private readonly lastAnswer = new Map<string, number>();

	constructor(
		private readonly world: World,
		private readonly tasks: Tasks,
		private readonly purses: Purses,
	) {}

	clear(): void {
		this.lastAnswer.clear();
	}

	/** The packs of an account; the inner `code` and `msg` are the service's own. */
	costs({ name }: Account, query: object): Answer {
		const { start, end, packName } = readWindow(query);
		this.limitRate(name);
		const { packWindowBy, packLagMs, noPacks } = this.world.settings;
		const until = packLagMs === 0 ? Infinity : this.world.clock.now() - packLagMs;
		// Tasks that have ended meanwhile are paid.
		this.tasks.all(name);
		const infos = this.purses
			.packs(name, until)
			.filter(({ pack }) =>
				packWindowBy === 'purchase'
					? pack.purchasedAt >= start && pack.purchasedAt <= end
					: pack.validFrom <= end && pack.validUntil >= start,
			)
			.filter(({ pack }) => packName === undefined || pack.name === packName)
			.map(packView);
		const absent = infos.length === 0 && noPacks === 'absent';
		return success({ code: 0, msg: 'success', ...(absent ? {} : { resource_pack_subscribe_infos: infos }) });
	}

	/** One page of a ledger, newest deduction first; `body` is JSON as bytes, `signed` says that a token signed in. */
	ledger(account: Account, kind: LedgerKind, body: Buffer, signed: boolean): Answer {
		const { settings, clock } = this.world;
		if (signed && settings.ledgerJwt === 'refuse') throw new Refusal(1002, noTokens);
		const query = readLedgerQuery(parseBody(body), kind, clock.now(), settings);
		const { from, to, filters, limit, offset, asOf } = query;
		const rows = this.rows(account, kind)
			.filter(({ at, createdAt }) => createdAt >= from && createdAt <= to && at + settings.ledgerLagMs <= asOf)
			.filter(({ filterable }) => meets(filterable, filters, settings))
			.sort((one, other) => other.at - one.at);
		const detail = rows.slice(offset, offset + limit).map(({ shown }) => shown);
		const more = rows.length > offset + limit;
		const bare = detail.length === 0 && settings.emptyLedger === 'noDetail';
		return success({
			result: { ...(bare ? {} : { detail }), count: detail.length },
			...(more
				? { next_cursor: cursorOf({ ...query, offset: offset + limit }, kind) }
				: this.lastCursor(offset === 0 ? '' : cursorOf(query, kind))),
			has_more: more,
		});
	}

	private lastCursor(sent: string): object {
		const { lastCursor } = this.world.settings;
		if (lastCursor === 'absent') return {};
		return { next_cursor: lastCursor === 'same' ? sent : '' };
	}

	private limitRate(account: string): void {
		const now = this.world.clock.now();
		const since = now - (this.lastAnswer.get(account) ?? -Infinity);
		if (since >= 0 && since < secondMs && this.world.settings.costsTooFast !== 'allow') throw new Refusal(1302);
		this.lastAnswer.set(account, now);
	}

	private rows(account: Account, kind: LedgerKind): Row[] {
		return this.tasks.all(account.name).flatMap((task) => {
			const row = task.outcome && (this.paidRow(account, task) ?? this.unpaidRow(account, task));
			return row && (row.from === 'balance') === (kind === 'balance') ? [row] : [];
		});
	}

	private paidRow({ name }: Account, task: Task) {
		const { payment } = task;
		if (!payment || payment.imageUnits === 0) return undefined;
		const { from, at, pack, before, amount, listPrice, currency } = payment;
		const after = rounded(before - amount);
		return {
			...row(name, task, at, pack),
			from,
			shown: {
				...common(name, task, at),
				...(pack ? units(pack.id, from, before, amount, after) : money(before, amount, after, listPrice, currency)),
			},
		};
	}

	/** A row that says 0, of a failed task, if there is to be one. */
	private unpaidRow({ name }: Account, task: Task) {
		const { settings } = this.world;
		const { outcome } = task;
		if (outcome?.status !== 'failed' || settings.failedTaskRow !== 'zero') return undefined;
		const from = payer(settings);
		const at = outcome.at;
		const state = from === 'balance' ? undefined : this.purses.anyPack(name, from);
		const left = state?.remaining ?? this.purses.balance(name);
		return {
			...row(name, task, at, state?.pack),
			from,
			shown: {
				...common(name, task, at),
				...(state ? units(state.pack.id, from, left, 0, left) : money(left, 0, left, 0, settings.currency)),
			},
		};
	}
}

function readWindow(query: object) {
	const { start_time, end_time, resource_pack_name: packName, ...others } = query as Record<string, unknown>;
	for (const name of Object.keys(others)) throw invalid(`Unknown parameter: ${name}`);
	const [start, end] = [whole('start_time', start_time), whole('end_time', end_time)];
	if (start > end) throw invalid('start_time must not be after end_time');
	return { start, end, packName };
}

function whole(name: string, text: unknown): number {
	if (text === undefined) throw invalid(`${name} is required`);
	if (typeof text !== 'string' || !/^\d{1,15}$/.test(text)) throw invalid(`${name} must be an integer`);
	return Number(text);
}

function packView({ pack, remaining, status }: PackState): object {
	return {
		resource_pack_name: pack.name,
		resource_pack_id: pack.id,
		resource_pack_type: pack.type,
		total_quantity: pack.total,
		remaining_quantity: remaining,
		purchase_time: pack.purchasedAt,
		effective_time: pack.validFrom,
		invalid_time: pack.validUntil,
		status,
	};
}

function row(keyName: string, { createdAt }: Task, at: number, pack: PackState['pack'] | undefined) {
	const filterable = {
		api_key_name: keyName,
		product_type: pack?.product ?? '',
		package_name: pack?.name ?? '',
		package_id: pack?.id ?? '',
	};
	return { at, createdAt, filterable };
}

function common(keyName: string, { id, kind, order }: Task, at: number): object {
	const { product, model, resolution } = kind.price(order);
	return {
		task_id: id,
		api_key_name: keyName,
		product_function: product,
		model_name: model,
		resolution,
		deduction_time: String(at),
	};
}

function units(packId: string, product: string, before: number, amount: number, after: number): object {
	return {
		package_id: packId,
		product_type: product,
		unit_before_deduction: before,
		deduction_amount: amount,
		unit_after_deduction: after,
	};
}

function money(before: number, amount: number, after: number, listPrice: number, currency: string): object {
	return {
		cash_type: 'balance',
		balance_before_deduction: before,
		deduction_amount: amount,
		balance_after_deduction: after,
		list_price: listPrice,
		currency,
	};
}
