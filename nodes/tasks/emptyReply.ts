import type { ItemExchange, Outcome } from './exchange';
import { asRecord } from './json';
import type { Refusal } from './provider';

/** The outcome of reading a task: some services answer with success and nothing where there is no such task. */
export function emptyAsUnknown({ endpoint }: ItemExchange, outcome: Outcome): Outcome {
	if (!endpoint.provider.emptyMeansUnknown || !('verdict' in outcome) || !outcome.verdict.ok) return outcome;
	const { data, requestId } = outcome.verdict;
	if (data !== undefined && data !== null && data !== '' && Object.keys(asRecord(data)).length > 0) return outcome;
	const refusal: Refusal = {
		httpStatus: outcome.reply.status,
		requestId,
		reason: '',
		cause: '',
		hint: '',
		resend: 'no',
		meaning: 'notFound',
	};
	return { reply: outcome.reply, verdict: { ok: false, refusal } };
}
