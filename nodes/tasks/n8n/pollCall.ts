import type { IDataObject, INodeExecutionData, IPollFunctions } from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import type { Clock } from '../util/clock';
import { hookItem } from './hook';

/** One call of a trigger's poll(). */
export interface PollCall {
	/** The same for the same node, whatever it is called. */
	readonly key: string;
	/** The same for the same node under the same name, with the same parameters and credential. */
	readonly settingsKey: string;
	/** True for "Fetch Test Event": n8n saves nothing of such a poll. */
	readonly isManual: boolean;
	/** ms that n8n lets the poll run; undefined where it does not tell. */
	readonly budgetMs?: number;
	/** What n8n keeps for the node between polls. */
	memory(): IDataObject;
	/** What the engine needs to ask a service. */
	item(clock: Clock): ItemContext;
	/** Writes a line into n8n's log that names the node: a trigger has no items to carry a warning. */
	warn(text: string): void;
}

/** A node's poll(): items, or null when there is nothing to report. */
export type PollFunction = (this: IPollFunctions) => Promise<INodeExecutionData[][] | null>;

/** Makes a node's poll() of what is to be done with a call. */
export function pollFunction(work: (call: PollCall) => Promise<INodeExecutionData[][] | null>): PollFunction {
	return async function () {
		const { id, name = '' } = this.getWorkflow();
		const node = this.getNode();
		return await work({
			key: JSON.stringify([id, node.id]),
			settingsKey: JSON.stringify([id, node.id, node.name, node.parameters, node.credentials]),
			isManual: this.getMode() === 'manual',
			budgetMs: budgetMs(this),
			memory: () => this.getWorkflowStaticData('node'),
			item: (clock) => hookItem(this, { clock }),
			warn: (text) => this.logger.warn(`Trigger "${node.name}" of workflow "${name}" ${text}`),
		});
	};
}

function budgetMs(context: IPollFunctions): number | undefined {
	// Known since n8n-workflow 2.37.
	const { getPollBudgetMs } = context as Partial<IPollFunctions>;
	const budget = typeof getPollBudgetMs === 'function' ? Number(getPollBudgetMs.call(context)) : Number.NaN;
	return budget > 0 ? budget : undefined;
}
