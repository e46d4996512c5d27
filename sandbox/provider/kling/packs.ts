/** A resource pack, bought by an account (docs/services/kling.md, Account). All times are server time in ms. */
export interface Pack {
	/** Name of the account; without it every account has such a pack of its own. */
	account?: string;
	name: string;
	id: string;
	product: 'image' | 'video';
	type: 'decreasing_total' | 'constant_period';
	/** Units that were bought. */
	total: number;
	/** Units that were gone before the first task; 0 if left out. */
	used?: number;
	purchasedAt: number;
	validFrom: number;
	validUntil: number;
}

const day = 24 * 3600 * 1000;

/** What every account has unless the settings say otherwise; it never refuses. */
export function bigPack(product: Pack['product'], now: number): Pack {
	return {
		name: `Sandbox-${product === 'image' ? 'Image' : 'Video'}-1000000Units-9Con-12Months`,
		id: product === 'image' ? '5a6b7c8d9e0f4a1b8c2d3e4f5a6b7c8d' : '6b7c8d9e0f4a1b8c2d3e4f5a6b7c8d5a',
		product,
		type: 'decreasing_total',
		total: 1_000_000,
		purchasedAt: now - 30 * day,
		validFrom: now - 30 * day,
		validUntil: now + 335 * day,
	};
}

/** True for a list of packs. */
export function isPackList(value: unknown): boolean {
	return Array.isArray(value) && value.every(isPack);
}

function isPack(value: unknown): boolean {
	if (typeof value !== 'object' || value === null) return false;
	const { account, name, id, product, type, total, used = 0, ...times } = value as Record<string, unknown>;
	return (
		[name, id, account ?? ''].every((text) => typeof text === 'string') &&
		(product === 'image' || product === 'video') &&
		(type === 'decreasing_total' || type === 'constant_period') &&
		[total, used].every((units) => typeof units === 'number' && units >= 0) &&
		Object.keys(times).sort().join() === 'purchasedAt,validFrom,validUntil' &&
		Object.values(times).every(Number.isFinite)
	);
}
