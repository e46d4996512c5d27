import type { IDataObject } from 'n8n-workflow';

import { idText, type TaskState } from '../model/errors';
import { hasEnded, type Task, type TaskStatus } from '../model/task';

/**
 * How far an item has come: the one carrier of what must not be lost. Errors, log lines and output items take from here
 * what is known of the task, and what was made on the way to it.
 */
export class Progress {
	taskId?: string;
	externalTaskId?: string;
	status?: TaskStatus;
	hasEnded = false;
	/** Uploaded paths, user ID, model task: by their names in the task object. */
	readonly facts: IDataObject = {};
	/** What the user should know of the input, each once: the item's output says it. */
	readonly warnings: string[] = [];

	/** Remembers a warning; one that is known already says nothing new. */
	warn(warning: string): void {
		if (!this.warnings.includes(warning)) this.warnings.push(warning);
	}

	/** A create is on its way, under this external ID if the service has one. */
	sending(externalTaskId?: string): void {
		this.externalTaskId = externalTaskId ?? this.externalTaskId;
		this.isSent = true;
	}

	/** Nothing of what was sent has become a task. */
	refused(): void {
		this.isSent = false;
		this.externalTaskId = undefined;
	}

	/** The task is there, or was read again; `keys` of it are facts. */
	saw(task: Task, keys: string[] = []): void {
		const { taskId, externalTaskId, status } = task;
		this.isSent = true;
		this.taskId = taskId;
		this.externalTaskId = externalTaskId ?? this.externalTaskId;
		this.status = status;
		this.hasEnded = hasEnded(task);
		this.add(Object.fromEntries(keys.map((key) => [key, task[key]])));
	}

	/** Remembers facts; absent and empty ones are left out. */
	add(facts: IDataObject): void {
		for (const [name, value] of Object.entries(facts)) {
			const isEmpty = value === undefined || value === '' || (Array.isArray(value) && value.length === 0);
			if (!isEmpty) this.facts[name] = value;
		}
	}

	/** The next step works on another task: what was made by the last one stays among the facts. */
	nextTask(): void {
		this.earlierTaskId = this.taskId ?? this.earlierTaskId;
		this.taskId = undefined;
		this.status = undefined;
		this.hasEnded = false;
		this.refused();
	}

	/** The task of an earlier step, which is paid. */
	earlierTaskId?: string;

	/** Whether something paid would be lost if nobody were told: this task, or one before it. */
	get hasTask(): boolean {
		return this.taskState !== 'not-created' || this.earlierTaskId !== undefined;
	}

	/** Whether a retry of the execution finds what there is, so that it is not paid again. */
	get isFoundAgain(): boolean {
		const isKnown = (this.taskId ?? this.externalTaskId) !== undefined;
		return this.taskState === 'not-created' ? this.earlierTaskId !== undefined : isKnown && this.status !== 'failed';
	}

	get taskState(): TaskState {
		if (this.taskId !== undefined) return 'created';
		return this.isSent ? 'may-exist' : 'not-created';
	}

	/** For a line of the log: IDs, facts and status. */
	get text(): string {
		const facts = Object.entries(this.facts).map(([name, value]) => `${name}: ${String(value)}`);
		const state = this.status ?? (this.taskState === 'not-created' ? 'not created' : 'may exist');
		return [[idText(this), ...facts].filter(Boolean).join(', '), `(${state})`].filter(Boolean).join(' ');
	}

	/** For the data of an error: IDs, facts and status. */
	toJson(): IDataObject {
		const { taskId, externalTaskId, status, taskState, facts } = this;
		return {
			...(taskId && { taskId }),
			...(externalTaskId && { externalTaskId }),
			...(status && { status }),
			taskState,
			...facts,
		};
	}

	private isSent = false;
}
