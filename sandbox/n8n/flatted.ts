/**
 * Reads the format in which n8n stores an execution's data ("flatted"): a JSON list whose first entry
 * is the value; inside lists and objects every string is an index into that list.
 */
export function parseFlatted(text: string): unknown {
	const table = JSON.parse(text) as unknown[];
	const built = new Map<number, unknown>();
	const at = (index: number): unknown => {
		if (built.has(index)) return built.get(index);
		const entry = table[index];
		if (typeof entry !== 'object' || entry === null) return entry;
		const value: Record<string, unknown> = Array.isArray(entry) ? ([] as never) : {};
		built.set(index, value); // before its members: they may refer back to it
		for (const [key, member] of Object.entries(entry)) {
			value[key] = typeof member === 'string' ? at(Number(member)) : member;
		}
		return value;
	};
	return at(0);
}
