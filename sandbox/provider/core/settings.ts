import type { ResultFormat } from '../pixels/encode';
import { isBoolean, isCount, isOneOf, isSpan, type Checks, type Span } from './checks';
import type { ServiceSettings } from './extensions';

/** What can be tuned for all services together. All times are milliseconds. */
export interface SharedSettings {
	/** Least and greatest time from `submitted` to the end of a task. */
	taskMs: Span;
	/** Origin put before `/files/…` in result URLs; by default the server's own. */
	resultBaseUrl?: string;
	/** Start of the random sequence that durations and fault probabilities draw from. */
	seed: number;
	/** Result files are padded to at least this many bytes; 0 leaves their natural size. */
	resultBytes: number;
	resultFormat: ResultFormat;
	/** false: result files come chunked, without Content-Length. */
	announceLength: boolean;
	/** What stands in the place of result URLs: `//host/…`, `/…`, or a path that nobody can fetch. */
	resultLinks: 'url' | 'noScheme' | 'noHost' | 'path';
	/** Life of a result URL, counted from the end of its task. */
	resultTtlMs: number;
	/** Added to the machine's time to give the server's idea of now. */
	clockOffsetMs: number;
}

/** What can be tuned, at start and at run time. */
export interface Settings extends SharedSettings, ServiceSettings {}

/** Settings that belong together: those of a service, or those of all. */
export interface SettingsPart<Part extends object = object> {
	defaults(): Part;
	checks: Checks<Part>;
	/** What is shown in the place of secrets, by the name of the setting. */
	shown?(settings: Settings): object;
}

/** How an account is shown. */
export function nameOnly({ name }: { name: string }): { name: string } {
	return { name };
}

const shared: SettingsPart<SharedSettings> = {
	defaults: () => ({
		taskMs: [2000, 4000],
		resultBaseUrl: undefined,
		seed: 1,
		resultBytes: 0,
		resultFormat: 'png',
		announceLength: true,
		resultLinks: 'url',
		resultTtlMs: 30 * 24 * 3600 * 1000,
		clockOffsetMs: 0,
	}),
	checks: {
		taskMs: isSpan,
		resultBaseUrl: (value) => value === undefined || (typeof value === 'string' && URL.canParse(value)),
		seed: Number.isFinite,
		resultBytes: isCount,
		resultFormat: isOneOf('png', 'jpeg', 'webp'),
		announceLength: isBoolean,
		resultLinks: isOneOf('url', 'noScheme', 'noHost', 'path'),
		resultTtlMs: isCount,
		clockOffsetMs: Number.isFinite,
	},
};

/** The settings in force. */
export class Configuration {
	readonly values: Settings;
	private readonly parts: readonly SettingsPart[];
	private readonly checks: Readonly<Record<string, (value: unknown) => boolean>>;

	/** The defaults of the shared settings and of the services' `parts`, with a change to them. */
	constructor(parts: readonly SettingsPart[], change: Partial<Settings>) {
		this.parts = [shared, ...parts];
		this.checks = Object.assign({}, ...this.parts.map(({ checks }) => checks));
		this.values = Object.assign({}, ...this.parts.map((part) => part.defaults()));
		this.change(change);
	}

	/** Changes some; a name or value that means nothing is refused, not ignored. */
	change(change: Partial<Settings>): void {
		for (const [name, value] of Object.entries(change)) {
			if (!Object.hasOwn(this.checks, name)) throw new TypeError(`Unknown setting: ${name}`);
			if (!this.checks[name]!(value)) throw new TypeError(`Invalid value for setting ${name}`);
		}
		Object.assign(this.values, change);
	}

	/** All of them without secrets. */
	shown(): Record<string, unknown> {
		return Object.assign({ ...this.values }, ...this.parts.map((part) => part.shown?.(this.values)));
	}
}
