import type { FaultRule } from '../../sandbox/provider/index.ts';

/** Share of the requests of each place that are spoilt. */
const SHARE = 0.2;

/** Every way in which an answer can be spoilt, the same share for each, 20 % in all for creates, reads and files. */
export function everyFault(): FaultRule[] {
	const answers: Array<Omit<FaultRule, 'on' | 'probability'>> = [
		{ kind: 'dropBefore' },
		{ kind: 'dropAfter' },
		{ kind: 'status', status: 500 },
		{ kind: 'html502' },
		{ kind: 'brokenJson', after: true },
		{ kind: 'truncatedJson' },
		{ kind: 'tooMany', retryAfter: 1 },
		{ kind: 'tooMany' },
		{ kind: 'code', code: 5000 },
		{ kind: 'code', code: 5001 },
		{ kind: 'code', code: 5002 },
		{ kind: 'delay', ms: 400 },
	];
	// Broken down after the work was done: the answer says no, the task exists.
	const afterWork: typeof answers = [
		{ kind: 'status', status: 500, after: true },
		{ kind: 'html502', after: true },
		{ kind: 'code', code: 5000, after: true },
		{ kind: 'code', code: 5002, after: true },
	];
	const lists: typeof answers = [{ kind: 'lag', ms: 3000 }, { kind: 'shuffle' }];
	const files: typeof answers = [{ kind: 'dropBefore' }, { kind: 'dropAfter' }, { kind: 'status', status: 500 }];
	return [
		...spread('create', [...answers, ...afterWork]),
		...spread('get', answers),
		...spread('list', [...answers, ...lists]),
		...spread('file', files),
	];
}

function spread(on: FaultRule['on'], kinds: Array<Omit<FaultRule, 'on' | 'probability'>>): FaultRule[] {
	return kinds.map((kind) => ({ ...kind, on, probability: SHARE / kinds.length }));
}
