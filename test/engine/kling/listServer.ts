/** A list of Kling tasks of any length and order, without images, with a clock of its own. */
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll } from 'vitest';

import { klingCredentials } from '../../harness/kling-credentials.ts';

export interface ListedTask {
	id: string;
	status: 'submitted' | 'processing' | 'succeed' | 'failed';
	externalTaskId: string;
	/** ms since the epoch. */
	created: number;
	updated: number;
}

export const HOUR = 3_600_000;

export const PATH = {
	multiImageToImage: '/v1/images/multi-image2image',
	imageExpansion: '/v1/images/editing/expand',
	aiMultiShot: '/v1/general/ai-multi-shot',
};

/** Numbers in [0, 1) that are the same in every run. */
export function dice(seed: number): () => number {
	let state = seed;
	return () => {
		state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
		return state / 2 ** 32;
	};
}

export class Account {
	/** The service's time; ten days ago, so that tests can let hours pass between polls. */
	now = Date.now() - 240 * HOUR;
	/** How far the clock behind the `Date` of answers is ahead of the tasks', ms. */
	gatewayAhead = 0;
	tasks: ListedTask[] = [];
	/** How the list is ordered; the newest first by default. */
	order: (tasks: ListedTask[]) => ListedTask[] = (tasks) => [...tasks].reverse();
	/** What goes wrong with a request. */
	fault: (path: string, page: number) => number | 'broken' | undefined = () => undefined;
	/** Path and page of every request. */
	requests: Array<{ path: string; page: number }> = [];
	private made = 0;
	private ordered?: { length: number; first?: ListedTask; order: Account['order']; tasks: ListedTask[] };

	/** Makes a task now; most fail or succeed later by `end`. */
	make(status: ListedTask['status'] = 'submitted', externalTaskId = ''): ListedTask {
		this.made += 1;
		// Kling's IDs are longer than numbers can hold.
		const task = {
			id: `${930_000_000_000}${String(this.made).padStart(6, '0')}`,
			status,
			externalTaskId,
			created: this.now,
			updated: this.now,
		};
		this.tasks.push(task);
		return task;
	}

	end(task: ListedTask, status: 'succeed' | 'failed' = 'succeed'): void {
		Object.assign(task, { status, updated: this.now });
	}

	/** Kept until tasks come or go: to order 20,000 for each page would take most of a test's time. */
	private inOrder(): ListedTask[] {
		const {
			tasks: { length, 0: first },
			order,
			ordered: kept,
		} = this;
		if (kept && kept.length === length && kept.first === first && kept.order === order) return kept.tasks;
		this.ordered = { length, first, order, tasks: order(this.tasks) };
		return this.ordered.tasks;
	}

	answer(url: URL, response: ServerResponse): void {
		const page = Number(url.searchParams.get('pageNum'));
		const size = Number(url.searchParams.get('pageSize'));
		this.requests.push({ path: url.pathname, page });
		response.setHeader('Date', new Date(this.now + this.gatewayAhead).toUTCString());
		const fault = this.fault(url.pathname, page);
		if (typeof fault === 'number') {
			const code = { 400: 1201, 401: 1002 }[fault] ?? 5000;
			return void response.writeHead(fault).end(JSON.stringify({ code, message: 'No', request_id: 'r' }));
		}
		if (fault === 'broken') return void response.end('{"code":0,"data":[');
		const listed = url.pathname === PATH.imageExpansion ? this.inOrder().slice((page - 1) * size, page * size) : [];
		const data = listed.map(({ id, status, externalTaskId, created, updated }) => ({
			task_id: id,
			task_status: status,
			task_status_msg: status === 'failed' ? 'risk control' : '',
			task_info: externalTaskId ? { external_task_id: externalTaskId } : {},
			task_result: {},
			created_at: created,
			updated_at: updated,
		}));
		response.end(JSON.stringify({ code: 0, message: 'SUCCEED', request_id: 'r', data }));
	}
}

/** For one test file; `account` gives every test a new one. All tasks are image expansions. */
export async function startListServer() {
	let account = new Account();
	const server = createServer((request, response) =>
		account.answer(new URL(request.url ?? '', 'http://list'), response),
	);
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	afterAll(() => void server.close());
	const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	return { credentials: klingCredentials(url), newAccount: () => (account = new Account()) };
}
