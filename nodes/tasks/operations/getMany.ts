import type { INodeExecutionData } from 'n8n-workflow';

import { outcomeError } from '../http/errors';
import { readPage, type Listed } from '../http/taskApi';
import { simplify } from '../fields/common';
import { STATUSES } from '../fields/operations';
import { refuseInput, type ItemContext } from '../item/context';
import type { Operation } from '../item/runItems';
import { flagIn, numberIn, textIn, timeIn } from '../item/values';
import type { Endpoint } from '../model/service';
import { withWarning, type Task } from '../model/task';
import { asRecord } from '../util/parse';
import { refused } from '../util/text';
import { isEmpty } from '../util/values';
import { forCaller, TASK_KEYS_NOT_FOR_MODELS } from './forModels';
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

/** What Get tells of a task is enough there. */
const NOT_FOR_MODELS = [...TASK_KEYS_NOT_FOR_MODELS, 'expiresAt', 'balanceDeducted', 'balanceListPrice'];

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
						what: 'to list the tasks',
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
		const json = isSimplified ? forCaller(item, await taskJson(item, service, told), NOT_FOR_MODELS) : raw;
		return { json, pairedItem: { item: itemIndex } };
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
		createdAfter: timeIn(item, 'Created After', options.createdAfter, 'first') ?? -Infinity,
		createdBefore: timeIn(item, 'Created Before', options.createdBefore, 'last') ?? Infinity,
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

/** A list of statuses, or one of them, as the editor names them or as the tasks have them. */
function statusesIn(item: ItemContext, value: unknown): string[] {
	if (isEmpty(value)) return [];
	const given = typeof value === 'string' ? value.split(/[,，]/) : [value].flat();
	return given.map((one) => {
		const status = typeof one === 'string' ? one.trim().toLowerCase() : '';
		if (STATUSES.some((option) => option.value === status)) return status;
		const names = STATUSES.map(({ name }) => name).join(', ');
		return refuseInput(
			item,
			refused('Status', one, `must be one of ${names}`),
			'Choose the statuses from the list, or let the expression give some of them. Nothing was sent.',
		);
	});
}
