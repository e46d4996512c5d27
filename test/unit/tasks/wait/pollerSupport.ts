/** An account at a service, and everybody in this process who waits for its tasks; the clock is the test's. */
import { vi } from 'vitest';

import { kling } from '../../../../nodes/Kling/api';
import type { ItemContext } from '../../../../nodes/tasks/item/context';
import type { Endpoint } from '../../../../nodes/tasks/model/service';
import type { Task, TaskReply, Waited } from '../../../../nodes/tasks/model/task';
import { waitForTask, type WaitSettings } from '../../../../nodes/tasks/wait/waitForTask';
import { ManualClock, settle } from '../manualClock';
import { endpoint, itemOf, type Answer } from '../support';

export const SECOND = 1_000;
export const HOUR = 3_600 * SECOND;

const { path } = endpoint;
let accounts = 0;

export interface WaitOptions extends Partial<WaitSettings> {
	signal?: AbortSignal;
	/** Accepted just now, and not read yet. */
	isNew?: boolean;
	/** Whether a create waits for the end of the task. */
	isSlotWanted?(): boolean;
	/** Whether the credential cannot be used any more. */
	isBroken?(): boolean;
}

export type World = ReturnType<typeof world>;

/** An account at the service: what each task's status is, which requests came, and when. */
export function world(count: number, service = kling) {
	const account = `world-${++accounts}`;
	const clock = new ManualClock();
	const tasks = Array.from({ length: count }, (_, index) => `task-${index}`);
	const statuses = new Map(tasks.map((id) => [id, 'processing']));
	const requests: Array<{ what: string; at: number }> = [];
	const start = clock.now();
	let hidden = new Set<string>();
	let spoilt: (what: string) => Answer | Promise<Answer> | undefined = () => undefined;
	const element = (id: string) => ({ task_id: id, task_status: statuses.get(id), created_at: 1, updated_at: 2 });
	const envelope = (data: unknown): Answer => ({ body: { code: 0, message: 'SUCCEED', data } });
	const answer = (
		url: string,
		{ pageNum = 1, pageSize = 500 }: Record<string, unknown> = {},
	): Answer | Promise<Answer> => {
		const what = url === path ? 'list' : url.slice(path.length + 1);
		requests.push({ what, at: clock.now() - start });
		const first = (Number(pageNum) - 1) * Number(pageSize);
		const list = [...statuses.keys()].filter((id) => !hidden.has(id)).slice(first, first + Number(pageSize));
		return spoilt(what) ?? envelope(what === 'list' ? list.map(element) : element(what));
	};
	const item = ({ signal, isBroken }: WaitOptions): ItemContext => {
		const made = itemOf({
			account,
			signal,
			answers: () => answer(String(made.sent.at(-1)?.url), made.sent.at(-1)?.qs),
		});
		// As n8n does, a request rejects when its signal is aborted.
		const send: ItemContext['send'] = async (connection, request, over) =>
			await Promise.race([
				made.send(connection, request, over),
				new Promise<never>((_, reject) => over.addEventListener('abort', () => reject(new Error('canceled')))),
			]);
		const accountNow: ItemContext['account'] = async (connection) => {
			if (isBroken?.()) throw new Error('The credential is gone');
			return await made.account(connection);
		};
		return { ...made, account: accountNow, send, clock };
	};
	const wait = async (index: number, options: WaitOptions = {}): Promise<Waited> => {
		const { isSlotWanted, isNew = true, timeoutMs = HOUR, intervalMs = SECOND, simplify = true } = options;
		const id = `task-${index}`;
		const task: Task = { service: 'kling', resource: endpoint.resource, taskId: id, status: 'submitted', images: [] };
		const seen: TaskReply = { task, reply: { status: 200, headers: {}, body: {} } };
		const of: Endpoint = { ...endpoint, service };
		return await waitForTask(
			item(options),
			of,
			{ id, isNew, isSlotWanted, seen: isNew ? seen : undefined },
			{ timeoutMs, intervalMs, simplify },
		);
	};
	return {
		clock,
		statuses,
		requests,
		/** What was asked for, in turn. */
		asked: () => requests.map(({ what }) => what),
		/** When the list was asked for, in s since the beginning. */
		lists: () => requests.filter(({ what }) => what === 'list').map(({ at }) => at / SECOND),
		wait,
		/** Waits for the tasks with these indices, or for so many; gives the statuses they end with. */
		waitAll: async (which: number | number[], options?: WaitOptions) => {
			const indices = typeof which === 'number' ? Array.from({ length: which }, (_, index) => index) : which;
			return await Promise.all(indices.map(async (index) => (await wait(index, options)).task.status));
		},
		end: (...ids: string[]) => (ids.length > 0 ? ids : tasks).forEach((id) => statuses.set(id, 'succeed')),
		hide: (...ids: string[]) => (hidden = new Set(ids)),
		spoil: (rule: typeof spoilt) => (spoilt = rule),
	};
}

/** What a promise has come to by now. */
export async function stateOf<T>(promise: Promise<T>): Promise<T | 'waiting'> {
	return await Promise.race([promise, settle().then(() => 'waiting' as const)]);
}

/** Requests that take too long are ended by the clock of the test. */
export function endRequestsBy(clock: ManualClock): void {
	vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
		const limit = new AbortController();
		void clock.pause(ms).then(() => limit.abort());
		return limit.signal;
	});
}
