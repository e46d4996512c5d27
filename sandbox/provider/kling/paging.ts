import { Refusal, invalid } from './errors';

/**
 * Reads pageNum 1 to 1000 (default 1) and pageSize 1 to 500 (default 30) from a query (docs/services/kling.md, Lists).
 */
export function pageOf(query: object): { first: number; size: number } {
	for (const name of Object.keys(query)) {
		if (name !== 'pageNum' && name !== 'pageSize') throw invalid(`Unknown parameter: ${name}`);
	}
	const { pageNum = '1', pageSize = '30' } = query as Record<string, unknown>;
	const size = whole('pageSize', pageSize, 500);
	return { first: (whole('pageNum', pageNum, 1000) - 1) * size, size };
}

function whole(name: string, text: unknown, greatest: number): number {
	if (typeof text !== 'string' || !/^\d+$/.test(text)) throw invalid(`${name} must be an integer`);
	const value = Number(text);
	if (value < 1 || value > greatest) throw outOfRange(name, greatest);
	return value;
}

function outOfRange(name: string, greatest: number): Refusal {
	return invalid(`${name} must be in the range [1, ${greatest}]`);
}
