import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseFlatted } from './flatted';
import type { BinaryField, Execution, ExecutionStatus, NodeRun } from './execution';
import { N8nHttp, N8nRequestError } from './http';
import { settled } from './publication';
import { bindCredentials, stableId, type CredentialReference, type Workflow } from './workflow';

export interface Owner {
	email: string;
	password: string;
}

/** An execution as n8n's list of them shows it. */
interface Listed {
	id: string;
	status: ExecutionStatus;
	mode: string;
}

/** The owner of every sandbox n8n, which listens on loopback only. */
export const SANDBOX_OWNER: Owner = { email: 'owner@example.com', password: 'KlingSandbox1' };

const FINISHED: ExecutionStatus[] = ['success', 'error', 'canceled', 'crashed'];

/** n8n's REST interface, as its own editor uses it. */
export class N8nClient {
	private constructor(readonly http: N8nHttp) {}

	/** Sets the owner up on a new n8n, or logs in on one that has an owner. */
	static async connect(url: string, owner: Owner = SANDBOX_OWNER): Promise<N8nClient> {
		const http = new N8nHttp(url);
		const person = { email: owner.email, password: owner.password, firstName: 'Sandbox', lastName: 'Owner' };
		const { userManagement } = await http.get<{ userManagement?: { showSetupOnFirstLoad?: boolean } }>(
			'/rest/settings',
		);
		if (userManagement?.showSetupOnFirstLoad === true) await http.post('/rest/owner/setup', person);
		else await http.post('/rest/login', { emailOrLdapLoginId: owner.email, password: owner.password });
		return new N8nClient(http);
	}

	/** The names of all node types that n8n has loaded, `n8n-nodes-kling-aliyun.kling` among them. */
	async nodeTypes(): Promise<string[]> {
		const { body } = await this.http.raw('/types/nodes.json');
		const types = JSON.parse(body.toString('utf8')) as Array<{ name: string }>;
		return [...new Set(types.map(({ name }) => name))];
	}

	/** Creates a credential, or updates the one of that type and name. */
	async saveCredential(type: string, name: string, data: Record<string, unknown>): Promise<CredentialReference> {
		const all = await this.http.get<CredentialReference[]>('/rest/credentials');
		const existing = all.find((credential) => credential.type === type && credential.name === name);
		const saved =
			existing === undefined
				? await this.http.post<CredentialReference>('/rest/credentials', { type, name, data })
				: await this.http.patch<CredentialReference>(`/rest/credentials/${existing.id}`, { type, name, data });
		return { id: saved.id, name, type };
	}

	/**
	 * n8n's own credential test, the one behind the green tick in the editor; it saves the data for as long as it takes.
	 */
	async testCredential(
		type: string,
		data: Record<string, unknown>,
	): Promise<{ status: 'OK' | 'Error'; message: string }> {
		const { id, name } = await this.saveCredential(type, `Test ${randomUUID()}`, data);
		try {
			return await this.http.post('/rest/credentials/test', { credentials: { id, name, type, data } });
		} finally {
			await this.http.delete(`/rest/credentials/${id}`);
		}
	}

	/** Imports a workflow, or brings the one imported before under that name up to date; n8n 1.x makes another one. */
	async importWorkflow(
		workflow: Workflow,
		credentials: CredentialReference[] = [],
	): Promise<Required<Pick<Workflow, 'id'>> & Workflow> {
		const id = workflow.id ?? stableId(workflow.name);
		const { name, nodes, connections, settings } = bindCredentials(workflow, credentials);
		// Without pinned data n8n 2.40 fails when a step is executed a second time in the editor.
		const body = { name, nodes, connections, settings: { ...settings }, pinData: {} };
		const existing = await this.workflow(id);
		const saved =
			existing === undefined
				? await this.http.post<Workflow>('/rest/workflows', { ...body, id, active: false })
				: await this.http.patch<Workflow>(`/rest/workflows/${id}`, body);
		// n8n 1.x gives every workflow an ID of its own.
		return { ...saved, id: saved.id ?? id };
	}

	/** A workflow by ID, or undefined. */
	async workflow(id: string): Promise<Workflow | undefined> {
		return await this.http.get<Workflow>(`/rest/workflows/${id}`).catch((error: unknown) => {
			if (error instanceof N8nRequestError && (error.status === 404 || error.status === 403)) return undefined;
			throw error;
		});
	}

	/**
	 * Starts a saved workflow by hand from its trigger, as the editor does; `data` is what the trigger has run with, where it
	 * waits for somebody. Gives the execution's ID.
	 */
	async run(workflowId: string, triggerName: string, data?: NodeRun): Promise<string> {
		const started = await this.http.post<{ executionId?: string }>(`/rest/workflows/${workflowId}/run`, {
			// n8n 1.x runs what comes with the request, n8n 2.x what is saved.
			workflowData: await this.workflow(workflowId),
			triggerToStartFrom: { name: triggerName, data },
		});
		if (started.executionId === undefined) {
			throw new Error(`"${triggerName}" waits for a call; publish the workflow and call its webhook instead.`);
		}
		return started.executionId;
	}

	/** Starts a workflow by hand and waits for its end. */
	async runToEnd(workflowId: string, triggerName: string, timeoutMs?: number): Promise<Execution> {
		return await this.waitForEnd(await this.run(workflowId, triggerName), timeoutMs);
	}

	/** Publishes the workflow's saved version and resolves when its triggers and webhooks are live. */
	async publish(workflowId: string): Promise<void> {
		const workflow = await this.workflow(workflowId);
		if (workflow === undefined) throw new Error(`There is no workflow ${workflowId}.`);
		await this.http.post(`/rest/workflows/${workflowId}/activate`, { versionId: workflow.versionId });
		await settled(this.http, workflowId, workflow.versionId ?? null);
	}

	/** Takes the workflow's triggers and webhooks down and resolves when they are gone. */
	async unpublish(workflowId: string): Promise<void> {
		await this.http.post(`/rest/workflows/${workflowId}/deactivate`);
		await settled(this.http, workflowId, null);
	}

	/** Calls a published webhook; gives the answer's body, whatever its status. */
	async callWebhook(
		path: string,
		body?: FormData | Record<string, unknown>,
		timeoutMs = 300_000,
	): Promise<WebhookAnswer> {
		const isForm = body instanceof FormData;
		const response = await fetch(`${this.http.url}/webhook/${path}`, {
			method: body === undefined ? 'GET' : 'POST',
			body: isForm ? body : body === undefined ? undefined : JSON.stringify(body),
			headers: isForm || body === undefined ? {} : { 'Content-Type': 'application/json' },
			signal: AbortSignal.timeout(timeoutMs),
		});
		return {
			status: response.status,
			contentType: response.headers.get('content-type') ?? '',
			body: Buffer.from(await response.arrayBuffer()),
		};
	}

	/** An execution with its data. */
	async execution(id: string): Promise<Execution> {
		const stored = await this.http.get<Omit<Execution, 'data'> & { data: string | Execution['data'] }>(
			`/rest/executions/${id}`,
		);
		const data = typeof stored.data === 'string' ? (parseFlatted(stored.data) as Execution['data']) : stored.data;
		return { ...stored, data };
	}

	/** The newest executions of a workflow, newest first. */
	async executions(workflowId: string): Promise<Listed[]> {
		const filter = JSON.stringify({ workflowId });
		const { results } = await this.http.get<{ results: Listed[] }>('/rest/executions', { params: { filter } });
		return results;
	}

	/**
	 * Waits until a workflow has an execution that is none of the known ones, by any way of starting or by that mode; gives all
	 * of them, the newest one first.
	 * n8n answers a form and a webhook that responds at once before it lists the execution.
	 */
	async newExecutions(workflowId: string, known: string[] = [], mode?: string, timeoutMs = 180_000): Promise<Listed[]> {
		for (const deadline = Date.now() + timeoutMs; ; await sleep(200)) {
			const started = (await this.executions(workflowId)).filter(
				(one) => !known.includes(one.id) && (mode === undefined || one.mode === mode),
			);
			if (started.length > 0) return started;
			if (Date.now() > deadline)
				throw new Error(`No new execution of workflow ${workflowId} after ${Math.round(timeoutMs / 1000)} s.`);
		}
	}

	/** Waits until an execution has ended, well or not. */
	async waitForEnd(id: string, timeoutMs = 300_000): Promise<Execution> {
		await this.waitFor(id, (status) => FINISHED.includes(status), timeoutMs);
		// n8n 1.x saves the status first and the data after it: what was read in between is that of before.
		return await this.execution(id);
	}

	/** Waits until an execution's status is as wanted. */
	async waitFor(id: string, wanted: (status: ExecutionStatus) => boolean, timeoutMs = 300_000): Promise<Execution> {
		const deadline = Date.now() + timeoutMs;
		for (;;) {
			const execution = await this.execution(id);
			// n8n 1.x has no data for a moment after the start.
			if (wanted(execution.status) && execution.data !== undefined) return execution;
			if (Date.now() > deadline)
				throw new Error(`Execution ${id} is still ${execution.status} after ${Math.round(timeoutMs / 1000)} s.`);
			await sleep(200);
		}
	}

	/** The Stop button. */
	async stopExecution(id: string): Promise<void> {
		await this.http.post(`/rest/executions/${id}/stop`);
	}

	/** "Retry" in the list of executions; gives the new execution's ID. */
	async retryExecution(id: string, withSavedWorkflow = false): Promise<string> {
		const retried = await this.http.post<{ id: string }>(`/rest/executions/${id}/retry`, {
			loadWorkflow: withSavedWorkflow,
		});
		return retried.id;
	}

	/** The file behind a binary field, wherever n8n keeps it. */
	async download(field: BinaryField): Promise<Buffer> {
		if (field.id === undefined) return Buffer.from(field.data, 'base64');
		const { body } = await this.http.raw('/rest/binary-data', { params: { id: field.id, action: 'download' } });
		return body;
	}
}

export interface WebhookAnswer {
	status: number;
	contentType: string;
	body: Buffer;
}
