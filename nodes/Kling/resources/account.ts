import type { INodeProperties } from 'n8n-workflow';

import {
	asRecord,
	choiceIn,
	flagIn,
	forCaller,
	idListIn,
	isEmpty,
	isoTime,
	limitProperties,
	numberIn,
	operation,
	optionsOf,
	readLimit,
	refuseInput,
	timeIn,
	type ItemContext,
	type NodeResource,
	type Operation,
} from '../../tasks';
import { listDeductions, type Ledger, type Wanted } from '../account/deductions';
import { listPacks, PACKS_REQUEST } from '../account/packs';
import { DAY_MS } from '../api';

/** Days back that packs are looked for: those bought longer ago are over, as far as is known. */
const PACK_DAYS = 400;

/** Days of deductions before To, unless From says otherwise. */
const DEDUCTION_DAYS = 30;

/** Keys of a pack or a deduction that say nothing to a model. */
const NOT_FOR_MODELS = [
	'packId',
	'type',
	'purchasedAt',
	'validFrom',
	'productType',
	'resolution',
	'duration',
	'unitsBefore',
	'unitsAfter',
	'balanceType',
	'balanceBefore',
	'balanceAfter',
	'apiKeyName',
];

interface PackFilter {
	purchasedWithinDays: number;
	includeUnusable: boolean;
}

const getPacks: Operation<PackFilter> = {
	prepare(item) {
		const { purchasedWithinDays = PACK_DAYS, includeUnusable = false } = asRecord(item.parameter('options', {}));
		const days = { low: 1, high: 36_500, whole: true };
		return {
			purchasedWithinDays: numberIn(item, 'Purchased Within (Days)', purchasedWithinDays, days),
			includeUnusable: flagIn(item, 'Include Unusable', includeUnusable),
		};
	},
	async perform(item, { purchasedWithinDays, includeUnusable }) {
		const packs = await listPacks(item, purchasedWithinDays);
		return packs
			.filter(({ isUsable }) => isUsable || includeUnusable)
			.map(({ pack }) => ({ json: forCaller(item, pack, NOT_FOR_MODELS), pairedItem: { item: item.itemIndex } }));
	},
};

const ledgerProperty: INodeProperties = {
	displayName: 'Ledger',
	name: 'ledger',
	type: 'options',
	options: [
		{ name: 'Money', value: 'money', description: 'What was paid from the balance, with its currency' },
		{ name: 'Units', value: 'units', description: 'What was taken from resource packs' },
	],
	default: 'units',
	description: 'Which deductions to list. They are kept apart: units and money do not add up.',
};

const getDeductions: Operation<Wanted> = {
	prepare(item) {
		const options = asRecord(item.parameter('options', {}));
		return {
			ledger: choiceIn(item, ledgerProperty, item.parameter('ledger', 'units')) as Ledger,
			limit: readLimit(item),
			taskIds: taskIdsIn(item, options.taskIds),
			...windowOf(item),
		};
	},
	async perform(item, wanted) {
		// A list of no tasks has no deductions, and must not bring those of all others.
		const rows = wanted.taskIds?.size === 0 ? [] : await listDeductions(item, wanted);
		return rows.map((row) => ({ json: forCaller(item, row, NOT_FOR_MODELS), pairedItem: { item: item.itemIndex } }));
	},
};

/** The tasks whose rows are wanted; undefined for those of all. */
function taskIdsIn(item: ItemContext, value: unknown): Set<string> | undefined {
	if (isEmpty(value)) return undefined;
	return new Set(idListIn(item, 'Task IDs:', value, 'Enter one ID in a line, or with commas between them.'));
}

function windowOf(item: ItemContext): Pick<Wanted, 'from' | 'to'> {
	const now = item.clock.now();
	const to = timeIn(item, 'To', item.parameter('to', ''), 'last') ?? now;
	const from = timeIn(item, 'From', item.parameter('from', ''), 'first') ?? to - DEDUCTION_DAYS * DAY_MS;
	if (from < to) return { from, to };
	const end = to === now ? 'now' : isoTime(to);
	return refuseInput(
		item,
		`From (${isoTime(from)}) is not before To (${end})`,
		'Change From or To and run the node again. Nothing was sent.',
	);
}

export const account: NodeResource = {
	value: 'account',
	option: { name: 'Account', value: 'account', description: 'Resource packs, and what tasks have cost' },
	operations: [
		operation('account', {
			name: 'Get Packs',
			value: 'getPacks',
			action: 'Get the resource packs of an account',
			description:
				'List the resource packs with their remaining units, which may be up to 12 hours old. Accounts that pay afterwards have none.',
			request: PACKS_REQUEST,
			run: getPacks,
			properties: [
				optionsOf([
					{
						displayName: 'Include Unusable',
						name: 'includeUnusable',
						type: 'boolean',
						default: false,
						description: 'Whether to list packs as well that are used up, have expired or are not valid yet',
					},
					{
						displayName: 'Purchased Within (Days)',
						name: 'purchasedWithinDays',
						type: 'number',
						typeOptions: { minValue: 1 },
						default: PACK_DAYS,
						description: 'How many days back a pack may have been bought',
					},
				]),
			],
		}),
		operation('account', {
			name: 'Get Deductions',
			value: 'getDeductions',
			action: 'Get the deductions of an account',
			description:
				'List what tasks have really cost: one item for each deduction, with the ID of its task. Needs an API key.',
			request: {
				method: 'POST',
				url: `=/account/billing/{{ $parameter.ledger === "money" ? "balance" : "package" }}`,
			},
			run: getDeductions,
			properties: [
				ledgerProperty,
				...limitProperties(5),
				{
					displayName: 'From',
					name: 'from',
					type: 'dateTime',
					default: '',
					description:
						"Only tasks created at this time or later; left empty, 30 days before To. Without an offset it is in the workflow's time zone.",
				},
				{
					displayName: 'To',
					name: 'to',
					type: 'dateTime',
					default: '',
					description:
						"Only tasks created up to this time; left empty, now. A date without a time is the whole day. Without an offset it is in the workflow's time zone.",
				},
				optionsOf([
					{
						displayName: 'Task IDs',
						name: 'taskIds',
						type: 'string',
						typeOptions: { rows: 3 },
						default: '',
						placeholder: 'e.g. 831922345678901234',
						description:
							'Only deductions for these tasks, if they were created between From and To: IDs in lines or with commas between, or by an expression a list of IDs or tasks',
					},
				]),
			],
		}),
	],
};
