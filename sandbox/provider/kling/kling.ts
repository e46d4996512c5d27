import type { Account } from '../accounts';
import type { Answer } from '../answer';
import { Callbacks } from '../callbacks';
import type { FaultRule } from '../faults';
import type { FileLinks } from '../file-links';
import { shuffled } from '../random';
import { withoutPrefix, type Service } from '../service';
import type { World } from '../world';
import { refusal, success } from './envelope';
import { codeOf, Refusal, invalid } from './errors';
import { takeIn, type Input } from './inputs';
import { pageOf } from './paging';
import { redacted } from './redaction';
import { Results } from './results';
import { check, type ImageText, type Order, type Resource } from './rules';
import { ledgerEntry, statusAt, type Inputs, type Task } from './task';
import { Tasks } from './tasks';
import { createdView, TaskViews } from './views';

const lagMs = 2000;

/** Where relays offer the API beside its own place (provider-apis.md 1.1). */
export const relayPrefix = '/kling';

/** Kling: what its requests do, without HTTP. */
export class Kling implements Service {
	readonly name = 'kling';
	private readonly results: Results;
	private readonly tasks: Tasks;
	private readonly views: TaskViews;
	private readonly callbacks: Callbacks;

	constructor(private readonly world: World, links: FileLinks) {
		this.results = new Results(world);
		this.views = new TaskViews(world, links);
		this.callbacks = new Callbacks(world);
		this.tasks = new Tasks(world, (task) => this.tell(task));
	}

	owns(path: string): boolean {
		return withoutPrefix(path, relayPrefix).startsWith('/v1/');
	}

	failure(status: number): Answer {
		return refusal(new Refusal(status < 500 ? codeOf(status) : 5000, undefined, status));
	}

	clear(): void {
		this.tasks.clear();
	}

	/** Checks in the order fields, duplicate, slots; then creates. `body` is JSON as bytes. */
	async create(account: Account, resource: Resource, body: unknown): Promise<Answer> {
		const parsed = parse(body);
		const { images, ...order } = check(resource, parsed);
		const { inputs, byText } = await this.takeInAll(images);
		const request = redacted(parsed as Record<string, unknown>, byText);
		const task = this.tasks.create({ account: account.name, order, inputs, request });
		this.register(task);
		return success(createdView(task, this.world.clock.now()), task.id, numberIds([task]));
	}

	/** One task. ai-multi-shot knows no external IDs here (specs/kling-ai-multi-shot.md). */
	get(account: Account, resource: Resource, id: string): Answer {
		const byExternalId = resource !== 'ai-multi-shot' || this.world.settings.multiShotExternalLookup;
		const task = this.tasks.find(account.name, resource, id, byExternalId);
		if (!task) throw invalid(`Task not found by id/external id: ${id}`);
		return success(this.views.single(task), task.id, numberIds([task]));
	}

	/** One page of tasks, newest first unless a fault bends it. */
	list(account: Account, resource: Resource, query: object, faults: readonly FaultRule[]): Answer {
		const { first, size } = pageOf(query);
		let tasks = this.tasks.list(account.name, resource);
		for (const { kind, ms = lagMs } of faults) {
			if (kind === 'lag') tasks = tasks.filter(({ createdAt }) => createdAt <= this.world.clock.now() - ms);
			if (kind === 'shuffle') tasks = shuffled(tasks, this.world.random);
		}
		const page = tasks.slice(first, first + size);
		return success(page.map((task) => this.views.listed(task)), undefined, numberIds(page));
	}

	private register(task: Task): void {
		this.world.registry.add({
			id: task.id,
			service: this.name,
			resource: task.order.resource,
			fate: task.fate,
			entry: () => {
				this.tasks.look(task);
				return ledgerEntry(task, this.world.clock.now());
			},
			finish: async (end, message) => {
				if (end === 'partial') throw new TypeError('Tasks of kling are never partial');
				await this.tasks.finish(task, end, message);
			},
			file: async (name) => {
				this.tasks.look(task);
				return await this.results.file(task, name);
			},
		});
	}

	/** Sends the bare task object (provider-apis.md 3). */
	private tell(task: Task): void {
		const { callbackUrl: url } = task.order;
		if (url === '') return;
		const { clock, settings } = this.world;
		const taskStatus = statusAt(task, clock.now());
		this.callbacks.notify(task, { url, taskStatus, body: JSON.stringify(this.views.single(task)), secret: settings.webhookSecret });
	}

	private async takeInAll(images: Order['images']): Promise<{ inputs: Inputs; byText: Map<string, Input> }> {
		const byText = new Map<string, Input>();
		const take = async (image: ImageText) => {
			const input = await takeIn(image, this.world.images);
			byText.set(image.text, input);
			return input;
		};
		const inputs = {
			subjects: await Promise.all(images.subjects.map(take)),
			scene: images.scene && (await take(images.scene)),
			style: images.style && (await take(images.style)),
		};
		return { inputs, byText };
	}
}

function parse(body: unknown): unknown {
	try {
		return JSON.parse(String(body));
	} catch {
		throw new Refusal(1200, 'The request body is not valid JSON');
	}
}

function numberIds(tasks: readonly Task[]): string[] {
	return tasks.filter(({ fate }) => fate.sendNumbersAsIds).map(({ id }) => id);
}
