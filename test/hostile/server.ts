/** A service that means harm: each request gets an answer drawn at random, good ones among them. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import { ANSWERS, type Answer, type Effect } from './answers.ts';
import { answerImage, linkOf } from './images.ts';
import type { Random } from './random.ts';

/** The three services, by the node that asks them. */
export type Name = 'kling' | 'aliyunPortrait' | 'psTask';

/** A request whose body is here, and all that an answer needs to know. */
export interface Exchange {
	request: IncomingMessage;
	response: ServerResponse;
	socket: Socket;
	body: string;
	random: Random;
	/** The JSON of a good answer. */
	good(): string;
	/** What it was sent, and the credential, in many spellings. */
	echo(): string;
	/** Address of the server at which nothing may arrive. */
	witness: string;
	baseUrl: string;
	note(word: string): void;
}

/** A create that arrived, and how it was answered. */
export interface Create {
	item: string;
	answer: string;
	effect: Effect;
}

/** Where a server listens. */
export async function listening(server: Server, host = '127.0.0.1'): Promise<string> {
	await new Promise<void>((done) => server.listen(0, host, done));
	return `http://${host}:${(server.address() as AddressInfo).port}`;
}

/** Writes down whatever arrives: no request of the package may. */
export async function startWitness() {
	const arrived: string[] = [];
	const server = createServer((request, response) => {
		arrived.push(`${request.method} ${request.url} ${JSON.stringify(request.headers)}`);
		response.end('{"code":0}');
	});
	// Another address of this machine: it is private, and not the host of the service.
	return { arrived, url: await listening(server, '127.0.0.2'), close: () => close(server) };
}

function close(server: Server): void {
	server.close();
	server.closeAllConnections();
}

export interface HostileOptions {
	name: Name;
	random: Random;
	witness: string;
	/** Values of the credential. */
	secrets: string[];
	/** Share of good answers to API requests. */
	goodShare: number;
}

/** One hostile service for one round. */
export class HostileService {
	readonly creates: Create[] = [];
	/** IDs of tasks that it gave in answers. */
	readonly given = new Set<string>();
	/** Every answer by its name, in the order of the requests. */
	readonly answered: string[] = [];
	/** Values by which requests were signed: they are new each time. */
	readonly signed = new Set<string>();
	/** Headers of image requests. */
	readonly imageHeaders: string[] = [];
	baseUrl = '';
	private tasks = 0;
	private readonly server = createServer((request, response) => this.take(request, response));

	constructor(private readonly options: HostileOptions) {
		// What it writes into closed connections is its own affair.
		this.server.on('connection', (socket) => socket.on('error', () => undefined));
		this.server.on('clientError', () => undefined);
	}

	async start(): Promise<this> {
		this.baseUrl = await listening(this.server);
		return this;
	}

	close(): void {
		close(this.server);
	}

	private take(request: IncomingMessage, response: ServerResponse): void {
		const { random } = this.options;
		response.on('error', () => undefined);
		if (request.url?.startsWith('/img')) {
			this.imageHeaders.push(JSON.stringify(request.headers));
			answerImage({ request, response, random, witness: this.options.witness, note: (word) => this.note(word) });
			return;
		}
		const { authorization = '', 'x-ca-signature': signature = '' } = request.headers;
		for (const value of [authorization.replace(/^\w+ /, ''), String(signature)]) if (value) this.signed.add(value);
		const answer = this.draw();
		if (answer.beforeBody) {
			this.note(answer.name);
			if (isCreate(request)) this.creates.push({ item: '', answer: answer.name, effect: answer.effect });
			request.socket.destroy();
			return;
		}
		const parts: Buffer[] = [];
		request.on('error', () => undefined);
		request.on('data', (part: Buffer) => parts.push(part));
		request.on('end', () => this.answer(answer, request, response, Buffer.concat(parts).toString('utf8')));
	}

	private draw(): Answer {
		const { random, goodShare } = this.options;
		const good = random.chance(goodShare);
		return random.weighted(ANSWERS.filter(({ effect }) => (effect === 'good') === good));
	}

	private answer(answer: Answer, request: IncomingMessage, response: ServerResponse, body: string): void {
		const { random, witness } = this.options;
		this.note(answer.name);
		if (isCreate(request)) {
			const [item = ''] = /item\d+/.exec(body) ?? [];
			this.creates.push({ item, answer: answer.name, effect: answer.effect });
		}
		const { baseUrl } = this;
		answer.act({
			request,
			response,
			socket: request.socket,
			body,
			random,
			witness,
			baseUrl,
			good: () => JSON.stringify(this.goodAnswer(request)),
			echo: () => this.echo(request, body),
			note: (word) => this.note(word),
		});
	}

	private note(word: string): void {
		this.answered.push(word);
	}

	private echo(request: IncomingMessage, body: string): string {
		const { secrets } = this.options;
		const spellings = secrets.flatMap((secret) => [
			secret,
			encodeURIComponent(secret),
			...[secret, `:${secret}`, `a:${secret}`].map((text) => Buffer.from(text).toString('base64')),
		]);
		const text = [...spellings, JSON.stringify(request.headers), body].join(' ');
		// Sentences of its own would be counted as ours.
		return text.replace(/[.!?](?=\s)/g, ',');
	}

	private newId(): string {
		const id = `task-${++this.tasks}-${this.options.random.integer(1e8, 1e9)}`;
		this.given.add(id);
		return id;
	}

	private goodAnswer(request: IncomingMessage): object {
		const { name } = this.options;
		if (name === 'kling') return this.klingAnswer(request);
		return name === 'aliyunPortrait' ? this.aliyunAnswer(request) : this.psAnswer(request);
	}

	private links(): string[] {
		const { random, witness } = this.options;
		return Array.from({ length: random.integer(1, 3) }, () => linkOf(random, this.baseUrl, witness));
	}

	private klingAnswer(request: IncomingMessage): object {
		const { random } = this.options;
		const task = (status: string) => ({
			task_id: this.newId(),
			task_status: status,
			task_status_msg: 'said',
			created_at: Date.now(),
			updated_at: Date.now(),
			task_result: { images: this.links().map((url, index) => ({ index, url })) },
		});
		const status = () => random.pick(['succeed', 'succeed', 'succeed', 'processing', 'failed', 'odd']);
		const data = isCreate(request)
			? task('submitted')
			: request.url?.includes('pageNum')
				? Array.from({ length: random.integer(0, 3) }, () => task(status()))
				: task(status());
		return { code: 0, message: 'SUCCEED', request_id: 'r1', data };
	}

	private aliyunAnswer(request: IncomingMessage): object {
		const { random } = this.options;
		const state = random.pick([3, 3, 3, 2, 4, 5, 9]);
		const body = isCreate(request)
			? { task_id: this.newId(), user_id: 'u' }
			: request.url?.includes('task_query')
				? { id: this.newId(), tsk_type: 2, user_id: 'u', state, result_paths: this.links() }
				: request.url?.includes('upload')
					? 'photos/1.jpg'
					: [{ style: 's', name: 'Style', sex: 'w', template: this.links()[0] }];
		return { ret: 0, body };
	}

	private psAnswer(request: IncomingMessage): object {
		const status = this.options.random.pick(['completed', 'completed', 'completed', 'processing', 'failed', 'odd']);
		const data = isCreate(request) ? { task_id: this.newId() } : { status, image_url: this.links()[0] };
		return { code: 200, msg: 'ok', data };
	}
}

function isCreate({ method, url = '' }: IncomingMessage): boolean {
	return method === 'POST' && (url.startsWith('/v1/') || /aigc_(task|user_model)_create|ps_tasks.submit/.test(url));
}
