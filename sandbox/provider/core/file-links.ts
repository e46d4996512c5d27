import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';

import type { Clock } from './clock';
import type { Settings } from './settings';

/** Makes and checks signed result URLs. */
export class FileLinks {
	private readonly secret = randomBytes(32);

	/** `origin` is the server's own, read anew at every call. */
	constructor(
		private readonly world: { readonly settings: Settings; readonly clock: Clock; readonly origin: string },
	) {}

	/** The URL of a result file; it ends `resultTtlMs` after its task did. Times are server time in ms. */
	url(task: { id: string; outcome?: { at: number } }, name: string): string {
		const { resultTtlMs, resultFormat } = this.world.settings;
		const path = `/files/${task.id}/${name}.${resultFormat}`;
		const expires = String(Math.ceil(((task.outcome?.at ?? 0) + resultTtlMs) / 1000));
		return `${this.base()}${path}?Expires=${expires}&Signature=${this.sign(path, expires)}`;
	}

	/** The origin of all files. */
	base(): string {
		return (this.world.settings.resultBaseUrl ?? this.world.origin).replace(/(?<!\/)\/+$/, '');
	}

	/** Why a request may not have the file; undefined if it may. */
	problem(path: string, query: { Expires?: unknown; Signature?: unknown }): 'AccessDenied' | 'Expired' | undefined {
		const { Expires: expires, Signature: signature } = query;
		if (typeof expires !== 'string' || typeof signature !== 'string') return 'AccessDenied';
		const expected = Buffer.from(this.sign(path, expires));
		const given = Buffer.from(signature);
		if (expected.length !== given.length || !timingSafeEqual(expected, given)) return 'AccessDenied';
		return this.world.clock.now() >= Number(expires) * 1000 ? 'Expired' : undefined;
	}

	private sign(path: string, expires: string): string {
		return createHmac('sha256', this.secret).update(`${path}\n${expires}`).digest('base64url');
	}
}
