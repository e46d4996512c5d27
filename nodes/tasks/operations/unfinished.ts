import type { ItemContext } from '../item/context';
import type { TaskStatus } from '../model/task';

/** Tells in the editor what of a run's results is not there, or not whole; says nothing where all is well. */
export function tellUnfinished({ run: { handedOn }, hint }: ItemContext): void {
	const of = (are: string, is: string, next: string, ...statuses: TaskStatus[]) => {
		const those = handedOn.filter((status) => statuses.includes(status)).length;
		if (those > 0) hint(`${share(those, handedOn.length)} ${those === 1 ? is : are}. ${next}`);
	};
	of('are still running', 'is still running', LATER, 'submitted', 'processing', 'unknown');
	of('succeeded only in part', 'succeeded only in part', 'Look at images and warnings of the item.', 'partial');
	of('failed', 'failed', 'Look at statusMessage of the item.', 'failed');
}

const LATER = 'Get the result later: the operation Wait for Completion takes these items as they are.';

/** "2 of 5 tasks", "1 of 5 tasks"; "All 5 tasks", "The task". */
function share(those: number, all: number): string {
	if (those < all) return `${those} of ${all} tasks`;
	return all === 1 ? 'The task' : `All ${all} tasks`;
}
