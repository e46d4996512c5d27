import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { outcomeError, taskError } from '../tasks/errors';
import { read } from '../tasks/exchange';
import { asRecord } from '../tasks/json';
import { isManual, pollExchange, type Poll } from '../tasks/triggers/poll';
import type { TaskEndpoint } from '../tasks/provider';
import { Reported } from '../tasks/triggers/reported';
import { aliyunPortrait } from './provider';
import { readStyles, STYLES_PATH, type Style } from './styles';

const endpoint: TaskEndpoint = { provider: aliyunPortrait, resource: 'style', path: STYLES_PATH };

/**
 * Reports styles that were not in the list before. Styles that have gone stay known, so that one that comes back, or a
 * list that was incomplete once, starts nothing.
 */
export async function newStyles(poll: Poll, simplify: boolean): Promise<INodeExecutionData[][] | null> {
	const styles = await listStyles(poll);
	const toItem = ({ style, raw }: Listed): INodeExecutionData => ({ json: simplify ? style : raw });
	if (isManual(poll)) {
		const last = styles.at(-1);
		if (last) return [[toItem(last)]];
		throw noStyles(poll);
	}
	const store = poll.context.getWorkflowStaticData('node');
	const isFirst = store.styles === undefined;
	const known = new Reported(store.styles);
	const fresh = styles.filter(({ style }) => {
		const isNew = !known.has(style.styleId);
		known.add(style.styleId, 0);
		return isNew;
	});
	// An empty list is no baseline: with the next one, every style would be new.
	if (styles.length > 0) store.styles = known.toJson();
	return isFirst || fresh.length === 0 ? null : [fresh.map(toItem)];
}

interface Listed {
	style: Style;
	/** The element as received. */
	raw: IDataObject;
}

async function listStyles(poll: Poll): Promise<Listed[]> {
	const exchange = await pollExchange(poll, endpoint);
	const outcome = await read(exchange, { method: 'GET', url: STYLES_PATH }, poll.deadline);
	const data = 'verdict' in outcome && outcome.verdict.ok ? outcome.verdict.data : undefined;
	if (!Array.isArray(data)) throw outcomeError(exchange, outcome, { taskState: 'not-created', what: 'the styles' });
	return data.flatMap((raw) => (readStyles([raw]) ?? []).map((style) => ({ style, raw: asRecord(raw) as IDataObject })));
}

function noStyles({ context }: Poll) {
	return taskError(context.getNode(), {
		message: 'The service lists no styles',
		hint: 'Check the base URL of the credential and the subscription of the API.',
		itemIndex: 0,
		taskState: 'not-created',
		retryable: true,
	});
}
