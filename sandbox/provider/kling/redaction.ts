import { LongInteger } from '../http/json';
import type { Input } from './inputs';

/**
 * The create body with every base64 image replaced by what is known of it: {bytes, sha256, width, height}; IDs of
 * elements and other long integers are texts with every digit.
 */
export function redacted(body: Record<string, unknown>, inputs: ReadonlyMap<string, Input>): Record<string, unknown> {
	const replace = (value: unknown): unknown => {
		if (typeof value === 'string') return known(inputs.get(value)) ?? value;
		if (value instanceof LongInteger) return value.digits;
		if (Array.isArray(value)) return value.map(replace);
		if (typeof value !== 'object' || value === null) return value;
		const entries = Object.entries(value).map(([name, entry]) => [
			name,
			name === 'element_id' && typeof entry === 'number' ? String(entry) : replace(entry),
		]);
		return Object.fromEntries(entries);
	};
	return replace(body) as Record<string, unknown>;
}

function known(input: Input | undefined): object | undefined {
	if (!input || 'url' in input) return undefined;
	const { bytes, sha256, width, height } = input.stored;
	return { bytes, sha256, width, height };
}
