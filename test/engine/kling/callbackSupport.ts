/** Tasks of the simulator, callbacks about them as Kling sends them, and the trigger that takes them. */
import { Webhook } from 'standardwebhooks';
import type { INodeParameters } from 'n8n-workflow';

import type { WebhookAnswer, WebhookHook, WebhookRequest } from '../../harness/index.ts';
import { photo, start } from './support.ts';

export const CALLBACK_TRIGGER = 'n8n-nodes-kling-aliyun.klingCallbackTrigger';
export const SECRET = `whsec_${Buffer.from('twenty-four bytes of key').toString('base64')}`;
export const OTHER_SECRET = `whsec_${Buffer.from('another one of that kind').toString('base64')}`;

const PATH = '/v1/general/ai-multi-shot';
const image = photo().toString('base64');
let deliveries = 0;

/** The body of a callback: the bare task object. */
export type Told = Record<string, unknown> & { task_id: string; task_status: string };

/** Headers of a signature; `agoS` seconds old. */
export function signed(
	body: object | string,
	{ secret = SECRET, agoS = 0, id = `msg_${++deliveries}` } = {},
): Record<string, string> {
	const at = new Date(Math.floor(Date.now() / 1000 - agoS) * 1000);
	const text = typeof body === 'string' ? body : JSON.stringify(body);
	return {
		'webhook-id': id,
		'webhook-timestamp': String(at.getTime() / 1000),
		'webhook-signature': new Webhook(secret).sign(id, at, text),
	};
}

/** True when the request has started the workflow. */
export const started = ({ execution }: WebhookAnswer): boolean => execution !== undefined;

/** A test file's simulator, whose tasks end when they are told to, and its n8n. */
export async function startCallbacks() {
	const all = await start({ taskMs: [600_000, 600_000], slots: 2_000 });
	const { provider, control } = all;
	const { credentials } = provider;
	const ask = async (method: string, path: string, body?: object) => {
		const headers = { Authorization: `Bearer ${credentials.klingApi.apiKey}` };
		const response = await fetch(provider.url + path, { method, headers, body: body && JSON.stringify(body) });
		return ((await response.json()) as { data: Told }).data;
	};
	let nodes = 0;
	return {
		...all,
		credentials,
		/** A new AI Multi-Shot task: what Kling tells of it before its end. */
		create: async (): Promise<Told> => {
			const { task_id: id } = await ask('POST', PATH, { element_frontal_image: image });
			return await ask('GET', `${PATH}/${id}`);
		},
		/** Ends a task: what Kling tells of it then. */
		end: async ({ task_id: id }: Told, fate: 'succeed' | 'failed' = 'succeed'): Promise<Told> => {
			await control.finish(id, fate);
			return await ask('GET', `${PATH}/${id}`);
		},
		/** A published workflow with the trigger, each a new one. */
		hook: (parameters: INodeParameters = {}, credential: Record<string, string> = {}): WebhookHook =>
			all.n8n.webhook({
				node: CALLBACK_TRIGGER,
				parameters: { resource: 'aiMultiShot', ...parameters },
				credentials: { klingApi: { ...credentials.klingApi, ...credential } },
				workflowId: `callbacks-${++nodes}`,
			}),
		/** Reads that reached the simulator since its reset, but for those of these helpers. */
		reads: () => control.requests().filter(({ method, path }) => method === 'GET' && path.startsWith('/v1/')),
	};
}

/** Sends the same request several times at once. */
export async function atOnce(hook: WebhookHook, request: WebhookRequest, times: number): Promise<WebhookAnswer[]> {
	return await Promise.all(Array.from({ length: times }, async () => await hook.call(request)));
}
