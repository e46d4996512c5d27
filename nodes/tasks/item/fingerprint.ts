import { createHash } from 'crypto';

/** A hash of a request body without the ignored fields. Images count by their content or by their URL. */
export function fingerprintOf(body: Record<string, unknown>, ignored: Array<string | undefined>): string {
	const hash = createHash('sha256');
	feed(hash, body, new Set(ignored));
	return hash.digest('base64url');
}

/** Feeds a value in a fixed order of keys, so that equal bodies have equal hashes. */
function feed(hash: ReturnType<typeof createHash>, value: unknown, ignored: Set<string | undefined>): void {
	if (Array.isArray(value)) {
		hash.update('[');
		for (const part of value) feed(hash, part, new Set());
		hash.update(']');
	} else if (typeof value === 'object' && value !== null) {
		hash.update('{');
		for (const [key, part] of Object.entries(value).sort(byName)) {
			if (ignored.has(key) || part === undefined) continue;
			hash.update(`${key.length}:${key}`);
			feed(hash, part, new Set());
		}
		hash.update('}');
	} else {
		const text = JSON.stringify(value) ?? 'null';
		// In two parts: of an image of 10 MB, one text would be a copy.
		hash.update(`${text.length}:`).update(text);
	}
}

function byName([one]: [string, unknown], [other]: [string, unknown]): number {
	return one < other ? -1 : 1;
}
