import type { INodeExecutionData } from 'n8n-workflow';

import { outcomeError } from '../http/errors';
import { readPage, type Listed } from '../http/taskApi';
import { refuseInput, type ItemContext } from '../item/context';
import type { Operation } from '../item/runItems';
import type { Endpoint } from '../model/service';
import { withWarning, type Task } from '../model/task';
import { asRecord } from '../util/parse';
import { quote } from '../util/text';
import { taskJson } from './output';

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

/** Lists tasks page by page. The limit counts after the filters; pages that shift meanwhile bring no repeats. */
export function listTasks(endpoint: Endpoint): Operation<ListSettings> {
	return {
		isListed: true,
		prepare: (item) => readListSettings(item, endpoint),
		async perform(item, settings) {
			const found = new Map<string, Listed>();
			const lastPage = settings.page ?? endpoint.service.list?.lastPage ?? 1;
			for (let page = settings.page ?? 1; page <= lastPage && found.size < settings.limit; page += 1) {
				const answer = await readPage(item, endpoint, page, settings.pageSize);
				if (!('tasks' in answer)) {
					throw await outcomeError(item, endpoint, answer, {
						taskState: 'not-created',
						what: `page ${page} of the list`,
					});
				}
				for (const listed of answer.tasks.filter(({ task }) => matches(task, settings))) {
					found.set(listed.task.taskId || `${page}/${found.size}`, listed);
				}
				if (answer.tasks.length < settings.pageSize)
					return await toOutput(item, endpoint, [...found.values()], settings);
			}
			const isCut = settings.page === undefined && found.size < settings.limit;
			const warning = isCut ? `The API ends at page ${lastPage}; older tasks cannot be listed.` : undefined;
			return await toOutput(item, endpoint, [...found.values()], settings, warning);
		},
	};
}

async function toOutput(
	item: ItemContext,
	{ service }: Endpoint,
	listed: Listed[],
	{ limit, simplify }: ListSettings,
	warning?: string,
): Promise<INodeExecutionData[]> {
	const made = listed.slice(0, limit).map(async ({ task, raw }, index, all) => {
		const told = warning && index === all.length - 1 ? withWarning(task, warning) : task;
		return { json: simplify ? await taskJson(item, service, told) : raw, pairedItem: { item: item.itemIndex } };
	});
	return await Promise.all(made);
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

function readListSettings(item: ItemContext, endpoint: Endpoint): ListSettings {
	const { list } = endpoint.service;
	const options = asRecord(item.parameter('options', {}));
	const maxPageSize = list?.maxPageSize ?? 1;
	const limit = readLimit(item);
	const page = options.page === undefined ? undefined : whole(item, 'Page', options.page, 1, list?.lastPage ?? 1);
	const filtered = ['status', 'externalTaskIdPrefix', 'createdAfter', 'createdBefore'].some((name) => options[name]);
	const ownSize = filtered ? maxPageSize : Math.min(maxPageSize, limit);
	const pageSize =
		options.pageSize === undefined ? ownSize : whole(item, 'Page Size', options.pageSize, 1, maxPageSize);
	return {
		limit,
		simplify: item.parameter('simplify', true) === true,
		statuses: Array.isArray(options.status) ? options.status.map(String) : [],
		externalTaskIdPrefix: String(options.externalTaskIdPrefix ?? ''),
		createdAfter: time(item, 'Created After', options.createdAfter, -Infinity),
		createdBefore: time(item, 'Created Before', options.createdBefore, Infinity),
		page,
		pageSize,
	};
}

/** Most results that the user wants. Throws a TaskError when Limit is no whole number from 1. */
export function readLimit(item: ItemContext): number {
	if (item.parameter('returnAll', false) === true) return Infinity;
	return whole(item, 'Limit', item.parameter('limit', 50), 1, Infinity);
}

function whole(item: ItemContext, label: string, value: unknown, low: number, high: number): number {
	const number = Number(value);
	if (Number.isInteger(number) && number >= low && number <= high) return number;
	const range = high === Infinity ? `a whole number from ${low}` : `a whole number from ${low} to ${high}`;
	return refuseInput(item, `${label} is ${quote(value)}, but it must be ${range}`, `Change ${label}.`);
}

/** A date from the editor or from an expression, as ms since the epoch. */
function time(item: ItemContext, label: string, value: unknown, fallback: number): number {
	if (value === undefined || value === null || value === '') return fallback;
	const ms = typeof value === 'number' ? value : Date.parse(String(value));
	if (Number.isFinite(ms)) return ms;
	return refuseInput(
		item,
		`${label} is ${quote(value)}, which is not a date`,
		'Enter a date such as 2026-11-21T08:00:00Z.',
	);
}
