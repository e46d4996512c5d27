import { groupBy } from './groups';

/** A task in the service's ledger. */
export interface Bought {
	taskId: string;
	/** '' if it has none. */
	externalTaskId: string;
	/** What it was bought for; '' if nothing tells. */
	order: string;
	/** A failed task costs nothing. */
	failed: boolean;
}

/** What an execution has done with tasks. */
export interface Account {
	/** Tasks whose results arrived at the end of the workflow; none if the execution was killed. */
	delivered: string[];
	/** Task IDs and external IDs that its errors name. */
	named: string[];
	/** Orders of which its errors say that a task may exist, where the service knows no ID of ours. */
	unsure: string[];
	/** Orders with which it was killed within the create, where the service knows no ID of ours. */
	cutOff: string[];
}

export interface Books {
	delivered: number;
	/** Not delivered, but named by an error. */
	named: Bought[];
	/** Failed, so that nothing was paid and there is no result, where another task of the same order is told or came after it. */
	followed: Bought[];
	/** Killed within a create of a service that knows no ID of ours: nobody can tell (docs/waiting.md, Retry). */
	cutOff: Bought[];
	/** Orders with more than one task that has not failed. */
	boughtTwice: string[];
	/** Tasks that more than one execution has delivered. */
	deliveredTwice: Bought[];
	/** Neither delivered nor any of the above. */
	undelivered: Bought[];
}

/** Compares a ledger with what executions have made of it. Every task of the ledger is in one place. */
export function compare(ledger: Bought[], accounts: Account[]): Books {
	const times = countOf(accounts.flatMap(({ delivered }) => [...new Set(delivered)]));
	const named = new Set(accounts.flatMap((account) => account.named));
	const unsure = new Set(accounts.flatMap((account) => account.unsure));
	const cutOff = new Set(accounts.flatMap((account) => account.cutOff));
	const tasksOf = groupBy(ledger, ({ order }) => order);
	const books: Books = {
		delivered: 0,
		named: [],
		followed: [],
		cutOff: [],
		boughtTwice: [...tasksOf].flatMap(([order, tasks]) =>
			order !== '' && tasks.filter(({ failed }) => !failed).length > 1 ? [order] : [],
		),
		deliveredTwice: [],
		undelivered: [],
	};
	const isNamed = ({ taskId, externalTaskId }: Bought) =>
		named.has(taskId) || (externalTaskId !== '' && named.has(externalTaskId));
	/** Whether people know how the order of a failed task has ended without it. */
	const isKnown = (task: Bought) => {
		const tasks = task.order === '' ? [] : (tasksOf.get(task.order) ?? []);
		return tasks.some((other) => other !== task && isNamed(other)) || tasks.slice(0, -1).includes(task);
	};
	for (const task of ledger) {
		const count = times.get(task.taskId) ?? 0;
		if (count > 0) books.delivered += 1;
		if (count > 1) books.deliveredTwice.push(task);
		if (count > 0) continue;
		if (isNamed(task)) books.named.push(task);
		else if (task.failed && isKnown(task)) books.followed.push(task);
		else if (unsure.has(task.order)) books.named.push(task);
		else if (cutOff.has(task.order)) books.cutOff.push(task);
		else books.undelivered.push(task);
	}
	return books;
}

function countOf(names: string[]): Map<string, number> {
	const counts = new Map<string, number>();
	for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
	return counts;
}
