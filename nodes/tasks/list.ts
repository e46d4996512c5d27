import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { inputError, outcomeError, quote } from './errors';
import { read, type ItemExchange } from './exchange';
import { asRecord } from './json';
import type { Operation } from './operation';
import { withoutUndefined, withWarning, type Task } from './task';

/** How many tasks, and which. Times are ms since the epoch. */
interface ListSettings {
	limit: number;
	simplify: boolean;
	statuses: string[];
	externalTaskIdPrefix: string;
	createdAfter: number;
	createdBefore: number;
	/** The API's own page, asked for by the user. */
	page?: number;
	pageSize: number;
}

interface Element {
	task: Task;
	raw: IDataObject;
}

/** Lists tasks page by page. The limit counts after the filters; pages that shift meanwhile bring no repeats. */
export const listTasks: Operation<ListSettings> = {
	pays: false,
	prepare: readListSettings,
	async perform(exchange, settings) {
		const { list } = exchange.endpoint.provider;
		const found = new Map<string, Element>();
		const lastPage = settings.page ?? list?.lastPage ?? 1;
		for (let page = settings.page ?? 1; page <= lastPage && found.size < settings.limit; page += 1) {
			const elements = await readPage(exchange, page, settings.pageSize);
			for (const element of elements) {
				if (matches(element.task, settings)) found.set(element.task.taskId || `${page}/${found.size}`, element);
			}
			if (elements.length < settings.pageSize) return toOutput(exchange, [...found.values()], settings);
		}
		const end =
			settings.page === undefined && found.size < settings.limit
				? `The API ends at page ${lastPage}; older tasks cannot be listed.`
				: undefined;
		return toOutput(exchange, [...found.values()], settings, end);
	},
};

async function readPage(exchange: ItemExchange, page: number, pageSize: number): Promise<Element[]> {
	const { provider, resource } = exchange.endpoint;
	const qs = provider.list?.pageRequest(page, pageSize);
	const outcome = await read(exchange, { qs });
	if ('lost' in outcome || !outcome.verdict.ok) {
		throw outcomeError(exchange, outcome, { taskState: 'not-created', what: `page ${page} of the list` });
	}
	const { data } = outcome.verdict;
	return (Array.isArray(data) ? data : []).map((raw) => ({ raw: raw as IDataObject, task: provider.readTask(raw, resource) }));
}

function toOutput(
	{ itemIndex }: ItemExchange,
	elements: Element[],
	{ limit, simplify }: ListSettings,
	warning?: string,
): INodeExecutionData[] {
	return elements.slice(0, limit).map(({ task, raw }, index, all) => {
		const told = warning && index === all.length - 1 ? withWarning(task, warning) : task;
		return { json: simplify ? withoutUndefined(told) : raw, pairedItem: { item: itemIndex } };
	});
}

function matches(task: Task, settings: ListSettings): boolean {
	const { statuses, externalTaskIdPrefix, createdAfter, createdBefore } = settings;
	const created = task.createdAt ? Date.parse(task.createdAt) : Number.NaN;
	return (
		(statuses.length === 0 || statuses.includes(task.status)) &&
		(task.externalTaskId ?? '').startsWith(externalTaskIdPrefix) &&
		!(created < createdAfter) &&
		!(created > createdBefore)
	);
}

function readListSettings(exchange: ItemExchange): ListSettings {
	const { context, endpoint } = exchange;
	const { list } = endpoint.provider;
	const options = asRecord(context.getNodeParameter('options', {}));
	const all = context.getNodeParameter('returnAll', false) === true;
	const maxPageSize = list?.maxPageSize ?? 1;
	const limit = all ? Infinity : whole(exchange, 'Limit', context.getNodeParameter('limit', 50), 1, Infinity);
	const page = options.page === undefined ? undefined : whole(exchange, 'Page', options.page, 1, list?.lastPage ?? 1);
	const filtered = ['status', 'externalTaskIdPrefix', 'createdAfter', 'createdBefore'].some((name) => options[name]);
	const ownSize = filtered ? maxPageSize : Math.min(maxPageSize, limit);
	const pageSize = options.pageSize === undefined ? ownSize : whole(exchange, 'Page Size', options.pageSize, 1, maxPageSize);
	return {
		limit,
		simplify: context.getNodeParameter('simplify', true) === true,
		statuses: Array.isArray(options.status) ? options.status.map(String) : [],
		externalTaskIdPrefix: String(options.externalTaskIdPrefix ?? ''),
		createdAfter: time(exchange, 'Created After', options.createdAfter, -Infinity),
		createdBefore: time(exchange, 'Created Before', options.createdBefore, Infinity),
		page,
		pageSize,
	};
}

function whole(exchange: ItemExchange, label: string, value: unknown, low: number, high: number): number {
	const number = Number(value);
	if (Number.isInteger(number) && number >= low && number <= high) return number;
	const range = high === Infinity ? `a whole number from ${low}` : `a whole number from ${low} to ${high}`;
	throw inputError(exchange.context.getNode(), exchange.itemIndex, `${label} is ${quote(value)}, but it must be ${range}`, `Change ${label}.`);
}

/** A date from the editor or from an expression, as ms since the epoch. */
function time(exchange: ItemExchange, label: string, value: unknown, fallback: number): number {
	if (value === undefined || value === null || value === '') return fallback;
	const ms = typeof value === 'number' ? value : Date.parse(String(value));
	if (Number.isFinite(ms)) return ms;
	throw inputError(exchange.context.getNode(), exchange.itemIndex, `${label} is ${quote(value)}, which is not a date`, 'Enter a date such as 2026-11-21T08:00:00Z.');
}
