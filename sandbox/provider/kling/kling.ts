import type { Account } from '../accounts';
import type { Answer } from '../answer';
import type { FaultRule } from '../faults';
import { shuffled } from '../random';
import type { World } from '../world';
import { Callbacks } from './callbacks';
import { success } from './envelope';
import { Refusal, invalid } from './errors';
import { FileLinks } from './file-links';
import { takeIn, type Input } from './inputs';
import { pageOf } from './paging';
import { redacted } from './redaction';
import { Results } from './results';
import { check, type ImageText, type Order, type Resource } from './rules';
import type { Inputs, Task } from './task';
import { Tasks } from './tasks';
import { createdView, TaskViews } from './views';

const lagMs = 2000;

/** Kling: what its requests do, without HTTP. */
export class Kling {
	readonly links: FileLinks;
	readonly results: Results;
	readonly tasks: Tasks;
	private readonly views: TaskViews;

	constructor(private readonly world: World) {
		this.links = new FileLinks(world);
		this.results = new Results(world);
		this.views = new TaskViews(world, this.links);
		const callbacks = new Callbacks(world, this.views);
		this.tasks = new Tasks(world, (task) => callbacks.notify(task));
	}

	/** Checks in the order fields, duplicate, slots; then creates. `body` is JSON as bytes. */
	async create(account: Account, resource: Resource, body: unknown): Promise<Answer> {
		const parsed = parse(body);
		const { images, ...order } = check(resource, parsed);
		const { inputs, byText } = await this.takeInAll(images);
		const request = redacted(parsed as Record<string, unknown>, byText);
		const task = this.tasks.create({ account: account.name, order, inputs, request });
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
