import type { FastifyRequest } from 'fastify';

import type { FaultPlace } from './faults';
import type { Authorization, RequestEntry } from './journal';
import type { ServiceName } from './service';
import type { World } from './world';

/** What a service knows of a request on its arrival. */
export interface Arrival {
	service: ServiceName;
	resource: string;
	on?: FaultPlace;
	authorization: Authorization;
}

/** Writes a request into the journal; the answer completes the entry. */
export function enter(
	{ journal, clock }: World,
	{ method, url }: Pick<FastifyRequest, 'method' | 'url'>,
	arrival: Arrival,
): RequestEntry {
	const [path = '', query = ''] = url.split(/\?(.*)/s);
	const entry: RequestEntry = { at: clock.now(), method, path, query, status: 0, code: null, ...arrival };
	journal.add('requests', entry);
	return entry;
}
