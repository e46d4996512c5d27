import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { withExternalId } from './attempt';
import { inputError } from './errors';
import type { ItemExchange } from './exchange';
import { checkBody, type BodyRule, type FieldRule } from './fields';
import { findImageFields, takesAllItems, type ImageField } from './imageFields';
import { toItems } from './items';
import type { Operation } from './operation';
import { noteTask, requestFor } from './read';
import { resultItems } from './result';
import { inputItems } from './run';
import { readSettings, type Settings } from './settings';
import { submit, type Prepared, type Submitted } from './submit';
import { hasEnded } from './task';
import { waitForTask, type Waited } from './wait';

/** What a create takes, beyond what the node declares. */
export interface CreateSpec {
	images: ImageField[];
	rules?: FieldRule[];
	bodyRules?: BodyRule[];
}

/** Submits a paid task and, if the user wants, waits for its pictures. */
export function createTask(spec: CreateSpec): Operation<Prepared | undefined> {
	return {
		pays: true,
		prepare(exchange) {
			if (takesAllItems(exchange) && exchange.itemIndex > 0) return undefined;
			const { context, declared, itemIndex } = exchange;
			const settings = readSettings(exchange);
			const checked = checkBody(declared.options.body as IDataObject, spec.rules ?? [], spec.bodyRules ?? []);
			if ('problem' in checked) {
				throw inputError(context.getNode(), itemIndex, checked.problem.message, checked.problem.hint);
			}
			const { body } = checked;
			return { settings, body, images: findImageFields(exchange, body, spec.images) };
		},
		async perform(exchange, prepared) {
			// With the pictures of all items in one task, the first item stands for all.
			if (!prepared) return [];
			const { settings } = prepared;
			const submitted = await submit(exchange, prepared);
			const { slots, lease } = submitted;
			try {
				const pairedItem = pairing(exchange);
				if (!settings.waitForCompletion) {
					return await toItems(exchange, submitted, { ...settings, downloadImages: false }, pairedItem);
				}
				const waited = await waitForSubmitted(exchange, settings, submitted);
				// The provider has room again; the download takes none.
				slots.release(lease);
				return await resultItems(exchange, waited, settings, pairedItem);
			} finally {
				slots.release(lease);
			}
		},
	};
}

async function waitForSubmitted(exchange: ItemExchange, settings: Settings, submitted: Submitted): Promise<Waited> {
	if (hasEnded(submitted.task)) return { ...submitted, timedOut: false };
	const { taskId, externalTaskId, warnings } = submitted.task;
	const waited = await waitForTask(exchange, {
		request: requestFor(exchange, taskId),
		acceptedAt: exchange.clock.now(),
		timeoutMs: settings.timeoutMs,
		intervalMs: settings.intervalMs,
		taskId,
		externalTaskId,
		wholeReply: !settings.simplify,
		seen: submitted,
		onProgress: (task) => noteTask(exchange, withExternalId(task, externalTaskId)),
	});
	const task = withExternalId(waited.task, externalTaskId);
	return { ...waited, task: warnings ? { ...task, warnings } : task };
}

function pairing(exchange: ItemExchange): INodeExecutionData['pairedItem'] {
	if (!takesAllItems(exchange)) return { item: exchange.itemIndex };
	return inputItems(exchange.context).map((_, item) => ({ item }));
}
