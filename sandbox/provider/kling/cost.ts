import type { Payment } from './purses';
import { rounded } from './purses';
import type { KlingSettings } from './settings';

/** The fields of a task that say what it cost (docs/services/kling.md, Cost); without a payment it cost nothing. */
export function costFields(payment: Payment | undefined, failed: boolean, settings: KlingSettings): object {
	const { payFrom, postPaid, failedTaskUnits } = settings;
	if (failed && failedTaskUnits === 'absent') return {};
	const charged = !failed || failedTaskUnits === 'full' ? payment : undefined;
	const from = charged?.from ?? (postPaid ? 'balance' : payFrom);
	if (from === 'balance') {
		const { amount = 0, listPrice = 0 } = charged ?? {};
		return {
			...unusedUnits(settings),
			final_balance_deduction: { quota: money(amount), list_price: money(listPrice) },
		};
	}
	return { final_unit_deduction: units(charged?.amount ?? 0, settings), ...unusedBalance(settings) };
}

function units(amount: number, { unitFormat }: KlingSettings): string {
	return unitFormat === '8.0' && Number.isInteger(amount) ? amount.toFixed(1) : String(amount);
}

function money(amount: number): string {
	return String(rounded(amount));
}

function unusedUnits({ unusedDeduction }: KlingSettings): object {
	if (unusedDeduction === 'absent') return {};
	return { final_unit_deduction: unusedDeduction === 'empty' ? '' : '0' };
}

function unusedBalance({ unusedDeduction }: KlingSettings): object {
	if (unusedDeduction === 'absent') return {};
	const text = unusedDeduction === 'empty' ? '' : '0';
	return { final_balance_deduction: { quota: text, list_price: text } };
}
