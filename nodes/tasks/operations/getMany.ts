import type { INodeExecutionData } from 'n8n-workflow';

import { outcomeError } from '../http/errors';
import { readPage, type Listed } from '../http/taskApi';
import { simplify } from '../fields/common';
import { refuseInput, type ItemContext } from '../item/context';
import type { Operation } from '../item/runItems';
import { flagIn, numberIn, textIn } from '../item/values';
import type { Endpoint } from '../model/service';
import { withWarning, type Task } from '../model/task';
import { readTime, type Edge } from '../util/dates';
import { asRecord } from '../util/parse';
import { quote } from '../util/text';
import { isEmpty } from '../util/values';
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
	{ limit, simplify: isSimplified }: ListSettings,
	warning?: string,
): Promise<INodeExecutionData[]> {
	const { itemIndex, progress } = item;
	const warnings = warning ? [...progress.warnings, warning] : progress.warnings;
	const made = listed.slice(0, limit).map(async ({ task, raw }, index, all) => {
		const told = index === all.length - 1 ? warnings.reduce(withWarning, task) : task;
		return { json: isSimplified ? await taskJson(item, service, told) : raw, pairedItem: { item: itemIndex } };
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
	const whole = (label: string, value: unknown, high: number) =>
		value === undefined ? undefined : numberIn(item, label, value, { low: 1, high, whole: true });
	const filters = {
		statuses: statusesIn(item, options.status),
		externalTaskIdPrefix: textIn(item, 'External Task ID Prefix', options.externalTaskIdPrefix),
		createdAfter: time(item, 'Created After', options.createdAfter, 'first') ?? -Infinity,
		createdBefore: time(item, 'Created Before', options.createdBefore, 'last') ?? Infinity,
	};
	const { statuses, externalTaskIdPrefix, createdAfter, createdBefore } = filters;
	const isFiltered =
		statuses.length > 0 || externalTaskIdPrefix !== '' || createdAfter > -Infinity || createdBefore < Infinity;
	return {
		...filters,
		limit,
		simplify: flagIn(item, simplify.displayName, item.parameter('simplify', true)),
		page: whole('Page', options.page, list?.lastPage ?? 1),
		pageSize:
			whole('Page Size', options.pageSize, maxPageSize) ?? (isFiltered ? maxPageSize : Math.min(maxPageSize, limit)),
	};
}

/** Most results that the user wants. Throws a TaskError when Limit is no whole number from 1. */
export function readLimit(item: ItemContext): number {
	if (flagIn(item, 'Return All', item.parameter('returnAll', false))) return Infinity;
	return numberIn(item, 'Limit', item.parameter('limit', 50), { low: 1, whole: true });
}

/** Those that Get Many offers. */
const STATUSES = ['submitted', 'processing', 'succeeded', 'failed'];

/** A list of statuses, or one of them. */
function statusesIn(item: ItemContext, value: unknown): string[] {
	if (isEmpty(value)) return [];
	const given = Array.isArray(value) ? (value as unknown[]) : String(value).split(/[,，]/);
	return given.map((one) => {
		const status = typeof one === 'string' ? one.trim() : '';
		if (STATUSES.includes(status)) return status;
		const message = `Status is ${quote(one)}, but it must be one of ${STATUSES.join(', ')}`;
		return refuseInput(item, message, 'Change Status.');
	});
}

/** A time as ms since the epoch; undefined where there is none. */
function time(item: ItemContext, label: string, value: unknown, edge: Edge): number | undefined {
	if (isEmpty(value)) return undefined;
	const hint = `Enter a date such as 2026-11-21 or 2026-11-21T08:00:00, which is read in the workflow's time zone (${item.timeZone}), or with an offset as in 2026-11-21T08:00:00+08:00. Seconds and milliseconds since 1970 are understood as well.`;
	return (
		readTime(value, item.timeZone, edge) ?? refuseInput(item, `${label} is ${quote(value)}, which is not a date`, hint)
	);
}
