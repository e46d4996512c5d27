import type { FastifyReply } from 'fastify';

import type { Answer } from '../core/answer';
import type { FaultRule, Strike } from '../core/faults';
import type { RequestEntry } from '../core/journal';
import type { ErrorWords } from '../core/service';
import type { World } from '../core/world';
import { delayed } from './delay';
import { cut, send } from './reply';

/** One API call on its way to an answer. */
export interface Call {
	reply: FastifyReply;
	entry: RequestEntry;
	strike: Strike;
	/** Does what was asked. */
	work: () => Answer | Promise<Answer>;
	words: ErrorWords;
}

/** Answers a call as the faults that strike it want it, and completes its journal entry. */
export async function answerCall({ background, journal }: World, call: Call): Promise<FastifyReply> {
	const { reply, entry, strike, work, words } = call;
	const { fatal } = strike;
	if (fatal ?? strike.gentle[0]) entry.fault = (fatal ?? strike.gentle[0])!.kind;
	await delayed(strike, background, 'before');
	// What a reset has forgotten meanwhile must not be carried out after it.
	if (journal.requests.lastIndexOf(entry) < 0) {
		cut(reply);
		return reply;
	}
	const worksFirst = !fatal || fatal.after || fatal.kind === 'dropAfter' || fatal.kind === 'truncatedJson';
	const done = worksFirst && fatal?.kind !== 'dropBefore' ? await work() : undefined;
	if (done?.taskId) entry.taskId = done.taskId;
	if (done?.upload) entry.upload = done.upload;
	await delayed(strike, background, 'after');
	if (fatal?.kind === 'dropBefore' || fatal?.kind === 'dropAfter') {
		cut(reply);
		return reply;
	}
	const answer = fatal ? spoilt(fatal, done, words) : done!;
	entry.status = answer.status;
	entry.code = answer.code;
	if (answer.gateway) entry.gateway = answer.gateway;
	return send(reply, answer);
}

function spoilt(fault: FaultRule, done: Answer | undefined, words: ErrorWords): Answer {
	const code = fault.code as number | undefined;
	switch (fault.kind) {
		case 'html502':
			return { status: 502, code: null, type: 'text/html', text: '<html><body><h1>502 Bad Gateway</h1></body></html>' };
		case 'brokenJson':
			return { status: 200, code: null, type: 'application/json', text: '{"code":0,"message":"SUCC' + 'EED"]]' };
		case 'truncatedJson':
			return { ...done!, code: null, text: done!.text.slice(0, done!.text.length / 2) };
		case 'tooMany':
			return envelope(fault.status ?? 429, code ?? words.tooMany, fault, words);
		case 'code': {
			const wanted = code ?? words.codeOf(500);
			return envelope(fault.status ?? words.statusOf(wanted), wanted, fault, words);
		}
		case 'status': {
			const status = fault.status ?? 500;
			return envelope(status, code ?? words.codeOf(status), fault, words);
		}
		default: {
			const own = words.ownFault!(fault);
			return { ...own, status: fault.status ?? own.status, headers: { ...own.headers, ...pause(fault) } };
		}
	}
}

function envelope(status: number, code: number, fault: FaultRule, words: ErrorWords): Answer {
	const text = words.body(code, fault.message ?? words.messageOf(code));
	return { status, code, headers: pause(fault), text, type: 'application/json; charset=utf-8' };
}

function pause({ retryAfter }: FaultRule): Record<string, string> {
	return retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) };
}
