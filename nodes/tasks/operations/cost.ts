import type { ItemContext } from '../item/context';
import type { Bought } from '../item/nodeRun';
import { count } from '../util/text';

const TESTING = 'Testing? Turn on Reuse Earlier Results, so running this step again costs nothing.';

/** Tells in the editor what a run has bought and what it cost; and how a step that is being built need not cost again. */
export function tellCost({ run: { bought }, execution, hint }: ItemContext): void {
	if (bought.length === 0) return;
	const cost = costOf(bought);
	if (cost !== '') hint(cost);
	const isSaved = execution.workflowId !== '';
	if (execution.isManual && isSaved && bought.some(({ reuseResults }) => reuseResults === 'never')) hint(TESTING);
}

/** "3 images, 48 units": as far as the service has reported it. Units and money are different things. */
function costOf(bought: Bought[]): string {
	const tasks = bought.map(({ task }) => task);
	const images = tasks.reduce((sum, task) => sum + task.images.length, 0);
	const units = sumOf(tasks.map(({ unitsDeducted }) => unitsDeducted));
	const money = sumOf(tasks.map(({ balanceDeducted }) => balanceDeducted));
	return [
		images > 0 ? count(images, 'image') : '',
		units === undefined ? '' : count(units, 'unit'),
		money === undefined ? '' : `${money} of the balance`,
	]
		.filter((part) => part !== '')
		.join(', ');
}

/** Decimals as services write them; undefined where none was reported. */
const DECIMALS = 1e6;

function sumOf(amounts: Array<number | undefined>): number | undefined {
	const reported = amounts.filter((amount) => amount !== undefined);
	if (reported.length === 0) return undefined;
	return Math.round(reported.reduce((sum, amount) => sum + amount, 0) * DECIMALS) / DECIMALS;
}
