import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Arguments of a tool's call, as the model chooses them. */
export type Arguments = Record<string, unknown>;

interface Message {
	role: string;
	content?: unknown;
}

/** A tool as n8n offers it to the model: all that a model is told of it. */
export interface OfferedTool {
	name: string;
	description: string;
	/** JSON schema of the arguments. */
	parameters: Schema;
}

interface Schema {
	type?: string;
	properties?: Record<string, Schema>;
	[key: string]: unknown;
}

interface ChatRequest {
	messages: Message[];
	tools?: Array<{ function: OfferedTool }>;
}

/** What answers as OpenAI's chat completions do, and follows a script instead of a mind. */
export interface ScriptedModel {
	/** The credential's Base URL. */
	url: string;
	/** Its next answers: each calls the agent's tool with these arguments, at once if there are several. Then it ends. */
	script(answers: Arguments[][]): void;
	/** What the tool's calls have answered, as the model was told in its last request. */
	told(): string[];
	/** The tools that were offered in its last request. */
	offered(): OfferedTool[];
	stop(): Promise<void>;
}

/** The text with which every scripted conversation ends. */
export const LAST_WORDS = 'That is all.';

/**
 * Starts it on loopback. Without a script it does what a simple mind would: it calls the first tool with what the user has
 * said in every field, and then repeats what the tool has answered.
 */
export async function startModel(): Promise<ScriptedModel> {
	let script: Arguments[][] | undefined;
	let last: ChatRequest = { messages: [] };
	const server = createServer((request, response) => {
		void bodyOf(request).then((body) => {
			response.setHeader('Content-Type', 'application/json');
			// n8n tests the credential by the list of models.
			if (body === '') return response.end(JSON.stringify({ object: 'list', data: [] }));
			last = JSON.parse(body) as ChatRequest;
			const message = script ? scripted(last, script.shift()) : simpleMinded(last);
			const finish_reason = 'tool_calls' in message ? 'tool_calls' : 'stop';
			return response.end(
				JSON.stringify({
					id: `chatcmpl-${randomUUID()}`,
					object: 'chat.completion',
					created: 1_700_000_000,
					model: 'scripted',
					choices: [{ index: 0, message, finish_reason }],
					usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
				}),
			);
		});
	});
	await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
		script: (answers) => {
			script = [...answers];
			last = { messages: [] };
		},
		told: () => toldIn(last),
		offered: () => (last.tools ?? []).map((tool) => tool.function),
		stop: async () => await new Promise((resolve) => server.close(() => resolve())),
	};
}

function scripted({ tools }: ChatRequest, calls: Arguments[] | undefined) {
	return calls === undefined ? says(LAST_WORDS) : callsOf(tools?.[0]?.function.name, calls);
}

function simpleMinded(request: ChatRequest) {
	const [tool] = request.tools ?? [];
	const told = toldIn(request);
	if (tool === undefined || told.length > 0) return says(told.join('\n') || LAST_WORDS);
	const wish = textOf(request.messages.findLast(({ role }) => role === 'user')?.content);
	return callsOf(tool.function.name, [filled(tool.function.parameters, wish) as Arguments]);
}

/** A value for a schema, with this text in every place for one. */
function filled({ properties }: Schema, text: string): unknown {
	if (!properties) return text;
	return Object.fromEntries(Object.entries(properties).map(([name, schema]) => [name, filled(schema, text)]));
}

const says = (content: string) => ({ role: 'assistant', content });

function callsOf(name: string | undefined, calls: Arguments[]) {
	const tool_calls = calls.map((given) => ({
		id: `call_${randomUUID().slice(0, 8)}`,
		type: 'function',
		function: { name, arguments: JSON.stringify(given) },
	}));
	return { role: 'assistant', content: null, tool_calls };
}

function toldIn({ messages }: ChatRequest): string[] {
	return messages.filter(({ role }) => role === 'tool').map(({ content }) => textOf(content));
}

/** A message is a text, or a list of parts. */
function textOf(content: unknown): string {
	return typeof content === 'string' ? content : JSON.stringify(content ?? '');
}

async function bodyOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString('utf8');
}
