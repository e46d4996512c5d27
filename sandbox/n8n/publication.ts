import { setTimeout as sleep } from 'node:timers/promises';
import { N8nRequestError, type N8nHttp } from './http';

const PATIENCE_MS = 120_000;

interface Publication {
	status: 'in_progress' | 'published' | 'partial' | 'failed' | 'not_published';
	liveVersionId: string | null;
	triggers: Array<{ nodeId: string; status: string; errorMessage: string | null }>;
}

/** n8n 2.40 publishes in the background; resolves when the wanted version (null: none) is live. */
export async function settled(http: N8nHttp, workflowId: string, versionId: string | null): Promise<void> {
	const deadline = Date.now() + PATIENCE_MS;
	for (;;) {
		const publication = await status(http, workflowId);
		if (publication === undefined) return;
		const { status: state, liveVersionId, triggers } = publication;
		if (state === 'failed' || state === 'partial') {
			const why = triggers.map(({ errorMessage }) => errorMessage).filter(Boolean);
			throw new Error(`n8n could not publish workflow ${workflowId}: ${why.join('; ')}`);
		}
		if (state !== 'in_progress' && liveVersionId === versionId) return;
		if (Date.now() > deadline)
			throw new Error(`n8n has not published workflow ${workflowId} after ${PATIENCE_MS / 1000} s.`);
		await sleep(100);
	}
}

/** Undefined where n8n publishes at once and has no such status. */
async function status(http: N8nHttp, workflowId: string): Promise<Publication | undefined> {
	return await http.get<Publication>(`/rest/workflows/${workflowId}/publication-status`).catch((error: unknown) => {
		if (error instanceof N8nRequestError && error.status === 404) return undefined;
		throw error;
	});
}
