/** The server's idea of now. */
export interface Clock {
	/** Milliseconds since 1970. */
	now(): number;
}

/** A clock that is off by `settings.clockOffsetMs`, read anew at every call. */
export function offsetClock(settings: { readonly clockOffsetMs: number }): Clock {
	return { now: () => Date.now() + settings.clockOffsetMs };
}
