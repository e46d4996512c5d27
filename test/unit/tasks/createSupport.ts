/** A create on its way through submit(), at a desk that answers by a script. */
import type { IDataObject } from 'n8n-workflow';

import type { ItemExchange } from '../../../nodes/tasks/exchange';
import { readSettings } from '../../../nodes/tasks/settings';
import { submit, type Submitted } from '../../../nodes/tasks/submit';
import { exchangeOf, refusal, taskAnswer, type Answer, type Given } from './support';

export const PATH = '/v1/images/editing/expand';

/** An answer, or what happens before it is given. */
type Scripted = Answer | (() => Answer);

/** Answers by the kind of request, in turn; the last one is given again and again. */
export interface Script {
	create: Scripted[];
	/** Reads of one task. */
	get?: Scripted[];
	list?: Scripted[];
}

export interface GivenCreate extends Omit<Given, 'answers'> {
	options?: IDataObject;
	endpoint?: Partial<ItemExchange['endpoint']>;
	/** Two creates with the same one share what the process knows of the account. */
	account?: string;
}

export const notFound = refusal(1201, 400, 'Task not found by id/external id: x');
export const taken = refusal(1201, 400, 'External_task_id x already exists');
export const failed = taskAnswer('failed', { task_status_msg: 'Image pixel is invalid' });

let accounts = 0;

/** Submits one item; tells which requests were sent and which IDs the creates carried. */
export function creating(script: Script, given: GivenCreate = {}) {
	const { options = {}, endpoint = {}, account = `account-${++accounts}`, ...rest } = given;
	const requests: Array<'create' | 'get' | 'list'> = [];
	const asked: string[] = [];
	const exchange = exchangeOf({
		...rest,
		parameters: { options, ...rest.parameters },
		answers: () => {
			const { method, url } = exchange.sent.at(-1) as { method: string; url: string };
			const kind = method === 'POST' ? 'create' : url === PATH ? 'list' : 'get';
			requests.push(kind);
			if (kind === 'get') asked.push(decodeURIComponent(url.slice(PATH.length + 1)));
			const answers = script[kind] ?? [];
			const answer = answers[Math.min(requests.filter((one) => one === kind).length, answers.length) - 1];
			if (!answer) throw new Error(`No answer is scripted for ${kind}`);
			return typeof answer === 'function' ? answer() : answer;
		},
	});
	exchange.declared.options = { method: 'POST', url: PATH, baseURL: `https://${account}` };
	exchange.endpoint = { ...exchange.endpoint, path: PATH, ...endpoint };
	const submitting: Promise<Submitted> = submit(exchange, { settings: readSettings(exchange), body: { prompt: 'p' }, images: [] });
	submitting.catch(() => undefined);
	return {
		submitting,
		exchange,
		clock: exchange.clock,
		requests,
		/** IDs that single reads asked for. */
		asked,
		/** External IDs of the creates, oldest first. */
		ids: () => exchange.sent.filter(({ method }) => method === 'POST').map(({ body }) => (body as IDataObject).external_task_id),
	};
}
