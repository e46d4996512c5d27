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
		const { resultTtlMs, resultFormat, resultLinks } = this.world.settings;
		const path = `/files/${task.id}/${name}.${resultFormat}`;
		const expires = String(Math.ceil(((task.outcome?.at ?? 0) + resultTtlMs) / 1000));
		const link = `${path}?${this.query(path, expires)}`;
		if (resultLinks === 'path') return path.slice(1);
		if (resultLinks === 'noHost') return link;
		return (resultLinks === 'noScheme' ? this.base().replace(/^https?:/, '') : this.base()) + link;
	}

	/** The origin of all files. */
	base(): string {
		return (this.world.settings.resultBaseUrl ?? this.world.origin).replace(/(?<!\/)\/+$/, '');
	}

	/** Why a request with this query, as it came, may not have the file; undefined if it may. */
	problem(path: string, query: string): 'AccessDenied' | 'Expired' | undefined {
		const expires = /^Expires=(\d{1,15})&/.exec(query)?.[1] ?? '';
		const expected = Buffer.from(this.query(path, expires));
		const given = Buffer.from(query);
		if (expected.length !== given.length || !timingSafeEqual(expected, given)) return 'AccessDenied';
		return this.world.clock.now() >= Number(expires) * 1000 ? 'Expired' : undefined;
	}

	/** Signed byte for byte: what clients like to write differently must stay as it is. */
	private query(path: string, expires: string): string {
		return `Expires=${expires}&Scope=a%2fb~c%7E+d%20e&Empty=&Flag&Signature=${this.sign(path, expires)}`;
	}

	private sign(path: string, expires: string): string {
		return createHmac('sha256', this.secret).update(`${path}\n${expires}`).digest('base64url');
	}
}
