import { setTimeout as sleep } from 'node:timers/promises';
import type { N8nClient } from '../n8n/client';
import type { Execution, Item } from '../n8n/execution';

/** What a workflow says in the chat while it waits there. */
export interface ChatMessage {
	/** The node that says it. */
	node: string;
	text: string;
	/** Of a human review: the addresses behind its buttons, the way to say yes first. */
	buttons: Array<{ text: string; link: string }>;
}

/** Says something to a workflow's Chat Trigger, as the chat in the editor does; gives the execution's ID. */
export async function say(n8n: N8nClient, workflowId: string, trigger: string, chatInput: string): Promise<string> {
	const json = { sessionId: `session-${workflowId}`, action: 'sendMessage', chatInput };
	const ran = { startTime: Date.now(), executionTime: 0, executionIndex: 0, executionStatus: 'success', source: [] };
	return await n8n.run(workflowId, trigger, { ...ran, data: { main: [[{ json }]] } });
}

/** Waits until the workflow says something that `wanted` is about; throws when the execution ends before. */
export async function heard(
	n8n: N8nClient,
	executionId: string,
	wanted: (message: ChatMessage) => boolean = () => true,
	timeoutMs = 120_000,
): Promise<ChatMessage> {
	for (const deadline = Date.now() + timeoutMs; Date.now() < deadline; await sleep(200)) {
		const execution = await n8n.execution(executionId);
		if (execution.status === 'error' || execution.status === 'success')
			throw new Error(`Execution ${executionId} ended with ${execution.status} before it said anything.`);
		const message = execution.status === 'waiting' ? messageIn(execution) : undefined;
		if (message && wanted(message)) return message;
	}
	const { status, data } = await n8n.execution(executionId);
	const where = `${status} at ${data.resultData.lastNodeExecuted ?? 'no node'}`;
	throw new Error(`Execution ${executionId} said nothing within ${timeoutMs / 1000} s; it is ${where}.`);
}

/** n8n takes no answer from programs: what previews links must not approve anything. */
const BROWSER = 'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/140.0 Safari/537.36';

/** Presses a button of a human review. */
export async function press({ buttons }: ChatMessage, which: 'yes' | 'no'): Promise<void> {
	const approved = `approved=${which === 'yes'}`;
	const button = buttons.find(({ link }) => link.includes(approved));
	if (button === undefined) throw new Error(`No button says ${which}: ${buttons.map(({ link }) => link).join(', ')}`);
	const response = await fetch(button.link, { headers: { 'User-Agent': BROWSER } });
	if (!response.ok || (await response.text()) === '')
		throw new Error(`The button "${button.text}" answered ${response.status}.`);
}

/** What the node at which an execution waits has to say. */
function messageIn({ data }: Execution): ChatMessage | undefined {
	const node = data.resultData.lastNodeExecuted ?? '';
	const outputs = Object.values(data.resultData.runData[node]?.at(-1)?.data ?? {}).flat(2) as Array<
		(Item & { sendMessage?: string | { text: string; buttons?: ChatMessage['buttons'] } }) | null
	>;
	const said = outputs.find((item) => item?.sendMessage !== undefined)?.sendMessage;
	if (said === undefined) return undefined;
	return typeof said === 'string'
		? { node, text: said, buttons: [] }
		: { node, text: said.text, buttons: said.buttons ?? [] };
}
