import type { FaultRule } from '../../sandbox/provider/index.ts';

/** Share of the requests of each place that are spoilt, unless another one is wanted. */
const SHARE = 0.2;

/** Every way in which an answer can be spoilt, the same for each, `share` in all for creates, reads, lists and files. */
export function everyFault(share = SHARE): FaultRule[] {
	const answers: Array<Omit<FaultRule, 'on' | 'probability'>> = [
		{ kind: 'dropBefore' },
		{ kind: 'dropAfter' },
		{ kind: 'status', status: 500 },
		{ kind: 'html502' },
		{ kind: 'brokenJson', after: true },
		{ kind: 'truncatedJson' },
		{ kind: 'tooMany', retryAfter: 1 },
		{ kind: 'tooMany' },
		{ kind: 'code', code: 5000, service: 'kling' },
		{ kind: 'code', code: 5001, service: 'kling' },
		{ kind: 'code', code: 5002, service: 'kling' },
		{ kind: 'delay', ms: 400 },
	];
	// Broken down after the work was done: the answer says no, the task exists.
	const afterWork: typeof answers = [
		{ kind: 'status', status: 500, after: true },
		{ kind: 'html502', after: true },
		{ kind: 'code', code: 5000, service: 'kling', after: true },
		{ kind: 'code', code: 5002, service: 'kling', after: true },
	];
	const lists: typeof answers = [{ kind: 'lag', ms: 3000 }, { kind: 'shuffle' }];
	const files: typeof answers = [{ kind: 'dropBefore' }, { kind: 'dropAfter' }, { kind: 'status', status: 500 }];
	return [
		...spread(share, 'create', [...answers, ...afterWork]),
		...spread(share, 'get', answers),
		...spread(share, 'list', [...answers, ...lists]),
		...spread(share, 'file', files),
	];
}

function spread(share: number, on: FaultRule['on'], kinds: Array<Omit<FaultRule, 'on' | 'probability'>>): FaultRule[] {
	return kinds.map((kind) => ({ ...kind, on, probability: share / kinds.length }));
}
