/** An activated trigger: polls with what it remembers, keeps what it reported, restarts as n8n would. */
import type { IDataObject } from 'n8n-workflow';

import type { Harness, Polled, PollOptions } from './index.ts';

export class Activated {
	/** Every item so far. */
	readonly items: IDataObject[] = [];
	polls = 0;
	/** What n8n holds in memory, and what its database has. */
	memory?: IDataObject;
	saved?: IDataObject;

	private static count = 0;
	private options: PollOptions;

	/** In a workflow of its own unless the test says otherwise: the process remembers what a node has reported. */
	constructor(
		private readonly n8n: Harness,
		options: PollOptions,
	) {
		this.options = { workflowId: `activated-${(Activated.count += 1)}`, ...options };
	}

	/** One poll; n8n saves the static data when it activates the workflow, and when there are items. */
	async poll(change: Partial<PollOptions> = {}): Promise<Polled> {
		const polled = await this.n8n.poll({ ...this.options, staticData: this.memory, ...change });
		this.memory = polled.staticData;
		if (polled.items !== null || this.polls === 0) this.saved = polled.staticData;
		this.polls += 1;
		this.items.push(...(polled.items ?? []).map(({ json }) => json));
		return polled;
	}

	/** n8n starts again: what was not saved is gone, and so is what the process knew of this workflow. */
	restart(): void {
		this.memory = this.saved;
		this.options = { ...this.options, workflowId: `activated-${(Activated.count += 1)}` };
	}

	/** The IDs reported, in order. */
	get ids(): string[] {
		return this.items.map(({ taskId, styleId }) => String(taskId ?? styleId));
	}
}
