import { asRecord } from '../../tasks';

/**
 * The elements of a list in a payload, behind the keys that lead to it. A missing one is empty; undefined when the payload
 * is none, or when something else stands where the list should (docs/services/kling.md, Account).
 */
export function listIn(data: unknown, ...path: string[]): Array<Record<string, unknown>> | undefined {
	if (typeof data !== 'object' || data === null || Array.isArray(data)) return undefined;
	const list = path.reduce<unknown>((part, key) => asRecord(part)[key], data) ?? [];
	return Array.isArray(list) ? list.map(asRecord) : undefined;
}
