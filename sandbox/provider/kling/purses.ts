import type { World } from '../core/world';
import { Refusal } from './errors';
import { bigPack, type Pack } from './packs';
import type { KlingSettings } from './settings';

/** What a task cost, as it was taken when the task ended (docs/services/kling.md, Prices). */
export interface Payment {
	account: string;
	taskId: string;
	/** Server time in ms. */
	at: number;
	from: 'image' | 'video' | 'balance';
	/** Units of an image pack, whatever paid. */
	imageUnits: number;
	/** Units of the pack, or money after the discount. */
	amount: number;
	/** Money before the discount. */
	listPrice: number;
	/** Of a balance. */
	currency: KlingSettings['currency'];
	/** The pack that paid; none for a balance. */
	pack?: Pack;
	/** What was there before. */
	before: number;
}

/** A pack as it is at some time. */
export interface PackState {
	pack: Pack;
	remaining: number;
	status: 'toBeOnline' | 'online' | 'expired' | 'runOut';
}

/** Of a unit of an image pack (docs/services/kling.md, Prices). */
const unitPrice = { USD: 0.0035, CNY: 0.025 };
const imageUnitsPerVideoUnit = 40;
/** Money on every balance; it may run below 0. */
const openingBalance = 1000;

/** What accounts have and pay. */
export class Purses {
	private paid: Payment[] = [];
	/** Sums of all payments, by account and pack. */
	private readonly spent = new Map<string, number>();
	private readonly big: Record<Pack['product'], Pack>;

	constructor(private readonly world: World) {
		const now = world.clock.now();
		this.big = { image: bigPack('image', now), video: bigPack('video', now) };
	}

	/** Throws the refusal of a create that no pack can pay; `reserved` gives what unfinished tasks will cost. */
	admit(account: string, imageUnits: number, reserved: () => number): void {
		const { packs } = this.world.settings;
		const from = payer(this.world.settings);
		if (packs === 'unlimited' || from === 'balance' || imageUnits === 0) return;
		const units = unitsOf(from, imageUnits);
		const usable = this.usable(account, from).map(({ remaining }) => remaining);
		const free = usable.reduce((sum, remaining) => sum + remaining, 0) - unitsOf(from, reserved());
		if (!usable.some((remaining) => remaining >= units) || free < units) throw new Refusal(1102);
	}

	/** Takes what a task costs. */
	charge({ account, taskId, at, imageUnits }: Pick<Payment, 'account' | 'taskId' | 'at' | 'imageUnits'>): Payment {
		const { settings } = this.world;
		const { discount, currency } = settings;
		const from = payer(settings);
		const listPrice = rounded(imageUnits * unitPrice[currency]);
		const common = { account, taskId, at, from, imageUnits, listPrice, currency };
		const payment: Payment =
			from === 'balance'
				? { ...common, ...this.fromBalance(account, listPrice * (1 - discount)) }
				: { ...common, ...this.fromPack(account, from, unitsOf(from, imageUnits)) };
		this.paid.push(payment);
		const place = placeOf(account, payment.pack);
		this.spent.set(place, rounded((this.spent.get(place) ?? 0) + payment.amount));
		return payment;
	}

	/** The packs of an account as the world's clock has them, without the payments after `until`. */
	packs(account: string, until = Infinity): PackState[] {
		return this.owned(account).map((pack) => this.state(account, pack, until));
	}

	/** Money on the balance of an account. */
	balance(account: string): number {
		return rounded(openingBalance - (this.spent.get(placeOf(account)) ?? 0));
	}

	clear(): void {
		this.paid = [];
		this.spent.clear();
	}

	private fromBalance(account: string, money: number) {
		return { amount: rounded(money), before: this.balance(account) };
	}

	private fromPack(account: string, from: Pack['product'], units: number) {
		const usable = this.usable(account, from);
		// What was admitted is paid, also when its pack has ended meanwhile.
		const paying = usable.find(({ remaining }) => remaining >= units) ?? usable[0] ?? this.anyPack(account, from);
		return { amount: units, pack: paying.pack, before: paying.remaining };
	}

	/** A pack for that product, whether it can be used or not. */
	anyPack(account: string, product: Pack['product']): PackState {
		const own = this.packs(account).find(({ pack }) => pack.product === product);
		return own ?? this.state(account, this.big[product], Infinity);
	}

	private owned(account: string): readonly Pack[] {
		const { settings } = this.world;
		const { packs } = settings;
		if (packs !== 'unlimited') return packs.filter((pack) => (pack.account ?? account) === account);
		// Who pays afterwards has none.
		const from = payer(settings);
		return from === 'balance' ? [] : [this.big[from]];
	}

	private usable(account: string, product: Pack['product']): PackState[] {
		return this.packs(account).filter(({ pack, status }) => pack.product === product && status === 'online');
	}

	private state(account: string, pack: Pack, until: number): PackState {
		const now = this.world.clock.now();
		const place = placeOf(account, pack);
		const late =
			until >= now ? [] : this.paid.filter((paid) => paid.at > until && placeOf(paid.account, paid.pack) === place);
		const spent = (this.spent.get(place) ?? 0) - late.reduce((sum, { amount }) => sum + amount, 0);
		const remaining = rounded(pack.total - (pack.used ?? 0) - spent);
		if (now < pack.validFrom) return { pack, remaining, status: 'toBeOnline' };
		if (now >= pack.validUntil) return { pack, remaining, status: 'expired' };
		return { pack, remaining, status: remaining > 0 ? 'online' : 'runOut' };
	}
}

/** Without a pack: the balance. */
function placeOf(account: string, pack?: Pack): string {
	return JSON.stringify([account, pack?.id ?? null]);
}

/** What pays for tasks. */
export function payer({ postPaid, payFrom }: KlingSettings): Payment['from'] {
	return postPaid ? 'balance' : payFrom;
}

function unitsOf(from: Pack['product'], imageUnits: number): number {
	return from === 'video' ? rounded(imageUnits / imageUnitsPerVideoUnit) : imageUnits;
}

/** To the fourth decimal: what floating point adds is no money. */
export function rounded(amount: number): number {
	return Number(amount.toFixed(4));
}
