import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Arguments of a tool's call, as the model chooses them. */
export type Arguments = Record<string, unknown>;

interface Message {
	role: string;
	content?: unknown;
}

interface ChatRequest {
	messages: Message[];
	tools?: Array<{ function: { name: string } }>;
}

/** What answers as OpenAI's chat completions do, and follows a script instead of a mind. */
export interface ScriptedModel {
	/** The credential's Base URL. */
	url: string;
	/** Its next answers: each calls the agent's tool with these arguments, at once if there are several. Then it ends. */
	script(answers: Arguments[][]): void;
	/** What the tool's calls have answered, as the model was told in its last request. */
	told(): string[];
	stop(): Promise<void>;
}

/** The text with which every conversation ends. */
export const LAST_WORDS = 'That is all.';

export async function startModel(): Promise<ScriptedModel> {
	let script: Arguments[][] = [];
	let last: Message[] = [];
	const answer = ({ messages, tools }: ChatRequest) => {
		last = messages;
		const name = tools?.[0]?.function.name;
		const calls = script.shift();
		if (calls === undefined) return { role: 'assistant', content: LAST_WORDS };
		const called = calls.map((given) => ({
			id: `call_${randomUUID().slice(0, 8)}`,
			type: 'function',
			function: { name, arguments: JSON.stringify(given) },
		}));
		return { role: 'assistant', content: null, tool_calls: called };
	};
	const server = createServer((request, response) => {
		void bodyOf(request).then((body) => {
			const message = answer(JSON.parse(body) as ChatRequest);
			const finish_reason = 'tool_calls' in message ? 'tool_calls' : 'stop';
			response.setHeader('Content-Type', 'application/json');
			response.end(
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
			last = [];
		},
		told: () => last.filter(({ role }) => role === 'tool').map(({ content }) => textOf(content)),
		stop: async () => await new Promise((resolve) => server.close(() => resolve())),
	};
}

/** A message is a text, or a list of parts. */
function textOf(content: unknown): string {
	return typeof content === 'string' ? content : JSON.stringify(content);
}

async function bodyOf(request: IncomingMessage): Promise<string> {
	const chunks: Buffer[] = [];
	for await (const chunk of request) chunks.push(chunk as Buffer);
	return Buffer.concat(chunks).toString('utf8');
}
