import type { LedgerEntry } from '../../sandbox/provider/index.ts';
import { sandboxAccount } from '../../sandbox/provider/index.ts';
import { createBody, KLING_PATH } from './workflows.ts';
import type { Lane } from './world.ts';

/** A finished task with `n` pictures, made without n8n. */
export async function finishedTask({ provider, url, photo }: Lane, n = 1): Promise<string> {
	const response = await fetch(`${url}${KLING_PATH}`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${sandboxAccount.apiKey}` },
		body: JSON.stringify({ ...createBody(photo, 'Morning light'), n }),
	});
	const { data, message } = (await response.json()) as { data?: { task_id: string }; message: string };
	if (!data) throw new Error(message);
	await provider.control.finish(data.task_id);
	return data.task_id;
}

/** Addresses of a finished task's pictures. */
export async function pictureUrls({ url }: Lane, taskId: string): Promise<string[]> {
	const headers = { Authorization: `Bearer ${sandboxAccount.apiKey}` };
	const response = await fetch(`${url}${KLING_PATH}/${taskId}`, { headers });
	const { data } = (await response.json()) as { data: { task_result: { images: Array<{ url: string }> } } };
	return data.task_result.images.map((image) => image.url);
}

/** Tasks created since a moment. */
export function tasksSince({ provider }: Lane, startedAt: number): LedgerEntry[] {
	return provider.control.ledger().filter(({ createdAt }) => createdAt >= startedAt);
}

/** Status requests since a moment: single ones, and lists (without a task's ID in the path). */
export function readsSince({ provider }: Lane, startedAt: number): Array<{ at: number; id?: string }> {
	return provider.control
		.requests()
		.filter(({ method, at }) => method === 'GET' && at >= startedAt)
		.map(({ at, path }) => (path.endsWith(KLING_PATH) ? { at } : { at, id: path.slice(path.lastIndexOf('/') + 1) }));
}
