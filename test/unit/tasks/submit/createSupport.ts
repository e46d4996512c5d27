/** A create on its way through submit(), at a desk that answers by a script. */
import type { IDataObject } from 'n8n-workflow';

import { readSettings } from '../../../../nodes/tasks/item/settings';
import type { Endpoint } from '../../../../nodes/tasks/model/service';
import { submit, type Submitted } from '../../../../nodes/tasks/submit/submit';
import { endpoint as expansion, itemOf, refusal, taskAnswer, type Answer, type Given } from '../support';

/** An answer, or what happens before it is given. */
type Scripted = Answer | (() => Answer | Promise<Answer>);

/** Answers by the kind of request, in turn; the last one is given again and again. */
export interface Script {
	create: Scripted[];
	/** Reads of one task. */
	get?: Scripted[];
	list?: Scripted[];
}

export interface GivenCreate extends Omit<Given, 'answers'> {
	options?: IDataObject;
	endpoint?: Partial<Endpoint>;
	body?: IDataObject;
}

export const notFound = refusal(1201, 400, 'Task not found by id/external id: x');
export const taken = refusal(1201, 400, 'External_task_id x already exists');
export const failed = taskAnswer('failed', { task_status_msg: 'Image pixel is invalid' });

let executions = 0;

/**
 * Submits one item, in an execution of its own unless the test says otherwise; tells which requests were sent and which IDs
 * the creates carried.
 */
export function creating(script: Script, given: GivenCreate = {}) {
	const { options = {}, body = { prompt: 'p' }, ...rest } = given;
	const endpoint: Endpoint = { ...expansion, ...given.endpoint };
	const { path } = endpoint;
	const requests: Array<'create' | 'get' | 'list'> = [];
	const asked: string[] = [];
	const item = itemOf({
		executionId: `execution-${++executions}`,
		...rest,
		parameters: { options, ...rest.parameters },
		answers: async () => {
			const { method, url } = item.sent.at(-1) ?? {};
			const kind = method === 'POST' ? 'create' : url === path ? 'list' : 'get';
			requests.push(kind);
			if (kind === 'get') asked.push(decodeURIComponent(String(url).slice(path.length + 1)));
			const answers = script[kind] ?? [];
			const answer = answers[Math.min(requests.filter((one) => one === kind).length, answers.length) - 1];
			if (!answer) throw new Error(`No answer is scripted for ${kind}`);
			return typeof answer === 'function' ? await answer() : answer;
		},
	});
	const submitting: Promise<Submitted> = submit(item, endpoint, readSettings(item, endpoint), () => ({
		body,
		images: [],
	}));
	submitting.catch(() => undefined);
	return {
		submitting,
		item,
		clock: item.clock,
		requests,
		/** IDs that single reads asked for. */
		asked,
		/** External IDs of the creates, oldest first. */
		ids: () =>
			item.sent
				.filter(({ method }) => method === 'POST')
				.map(({ body: sent }) => String((sent as IDataObject).external_task_id)),
	};
}
