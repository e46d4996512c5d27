/** A nonce may be used once per key and API in this time, ms (docs/services/aliyun-portrait.md, Signature). */
const lifeMs = 15 * 60 * 1000;

/** The nonces that were used. */
export class Nonces {
	/** Server time in ms, by key, API and nonce; in the order of arrival. */
	private readonly used = new Map<string, number>();

	/** Uses a nonce; false if it was used already. */
	use(appKey: string, api: string, nonce: string, now: number): boolean {
		for (const [name, at] of this.used) {
			if (now - at < lifeMs) break;
			this.used.delete(name);
		}
		const name = JSON.stringify([appKey, api, nonce]);
		if (this.used.has(name)) return false;
		this.used.set(name, now);
		return true;
	}

	clear(): void {
		this.used.clear();
	}
}
