import type { Answer } from './answer';

/** The simulated services, named as the nodes name them (contract.md, "One task object for all services"). */
export type ServiceName = 'kling' | 'aliyunPortrait' | 'psTask';

export const serviceNames: readonly string[] = ['kling', 'aliyunPortrait', 'psTask'] satisfies ServiceName[];

/** What the server has to know of a service. */
export interface Service {
	readonly name: ServiceName;
	/** True if a path is the service's. */
	owns(path: string): boolean;
	/** The service's answer when a request fails before it reaches a route; `status` is the HTTP status. */
	failure(status: number): Answer;
	/** Forgets everything that is not in the world. */
	clear(): void;
}

/** A path without the prefix under which a relay offers it, e.g. `/kling/v1/x` is `/v1/x` (provider-apis.md 1.1). */
export function withoutPrefix(path: string, prefix: string): string {
	return path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path;
}
