/** The limits that every text of an error keeps, whoever made it (CONTRIBUTING.md, Writing rules). */
import { NodeOperationError, type INode } from 'n8n-workflow';

import { factsOf, type TaskError } from '../../../../nodes/tasks/model/errors';

/** IDs of the tests: no text may hold one. */
export const IDS = { taskId: '930810057590833241', externalTaskId: 'n8n-5fb1c0ffee', requestId: 'request-77aa' };

/** Codes of the network and HTTP statuses, as such. */
export const CODES = /\bE[A-Z]{4,}\b|\bERR_|getaddrinfo|\bHTTP \d|\bcode \d|\bstatus \d|\(\d{3,4}\)/;

/** Words that are ours and not the users'. */
export const INSIDERS = /\bpictures?\b|\bderived\b|taskState|\bas far as\b/i;

/** How a sentence begins that says what to do. */
const STEP =
	/(?:^|[.:)"}”] |, (?:or|then|and) |; )(?:Add|Allow|Ask|Buy|Change|Check|Choose|Convert|Copy|Correct|Crop|Download|Enlarge|Enter|Fill|Get|Give|Hand over|Keep|Leave|Let|Lower|Make|Name|Open|Pass|Put|Raise|Read|Remove|Run|Save|Say|Set|Shorten|Switch|Top|Train|Try|Use|Verify|Wait)\b/i;

/** A service that says much, with IDs and codes in it. */
export const LONG_REASON = `Task ${IDS.taskId} of ${IDS.externalTaskId} failed: connect ECONNRESET, ${'and so on '.repeat(60)}`;

/** What is wrong with the texts of an error that repeats nothing of a service (`alone`), or does; nothing when all is well. */
export function textProblems(error: TaskError, words: 'alone' | 'with what the service says' = 'alone'): string[] {
	const { message } = error;
	const description = String(error.description);
	const most = words === 'alone' ? 90 : 300;
	const told = { ...factsOf(error) };
	const data = error.context.data as Record<string, unknown>;
	const checks: Array<[wrong: boolean, what: string]> = [
		[message.length > most, `the message has ${message.length} characters`],
		[words === 'alone' && withoutQuoted(message).includes('…'), 'the headline is cut'],
		[CODES.test(message) || CODES.test(description), 'there is a code'],
		[
			/undefined|\bnull\b|\bNaN\b|\[object|\b[Ii]tem \d/.test(withoutQuoted(message)),
			'there is nonsense, or the number of an item',
		],
		[idsIn(told).some((id) => message.includes(id) || description.includes(id)), 'there is an ID'],
		[description.length > 300, `the description has ${description.length} characters`],
		[!/^\S.*[.!?}"]$/s.test(description), 'the description is no whole sentence'],
		[!STEP.test(`${message}. ${description}`), 'there is no next step'],
		[INSIDERS.test(withoutQuoted(message)) || INSIDERS.test(withoutQuoted(description)), 'there is a word of ours'],
		[CODES.test(description), 'the description holds a code'],
		[error.context.itemIndex === undefined, 'the item is not told'],
		[Object.keys(told).some((key) => data[key] !== told[key]), 'the data lacks facts'],
		// What n8n makes of it where it wraps it once more, as for an agent.
		[new NodeOperationError(error.node as INode, error).message !== message, 'n8n rewords it'],
	];
	return checks.filter(([wrong]) => wrong).map(([, what]) => `${what}: ${message} | ${description}`);
}

/** The IDs that an error knows. */
function idsIn({ taskId, externalTaskId, requestId }: Record<string, unknown>): string[] {
	return [taskId, externalTaskId, requestId].filter((id) => typeof id === 'string');
}

/** Values and names of the user's, and hosts, may be cut. */
function withoutQuoted(text: string): string {
	return text
		.replace(/"[{[].*…"/gs, '')
		.replace(/"[^"]*"/g, '')
		.replace(/(?:answers at(?: the proxy)?|to|address) \(?\S+…/g, '');
}
