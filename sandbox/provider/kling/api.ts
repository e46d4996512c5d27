import type { Answer } from '../core/answer';
import type { FaultRule } from '../core/faults';
import { shuffled } from '../core/random';
import type { World } from '../core/world';
import { Callbacks } from '../http/callbacks';
import { Fields } from '../http/fields';
import type { Account } from './account';
import { Assets } from './assets';
import { parseBody } from './body';
import { elementImage } from './elements';
import { success, toJson } from './envelope';
import { invalid } from './errors';
import { takeIn, type Input } from './inputs';
import { pageOf } from './paging';
import { Purses } from './purses';
import { redacted } from './redaction';
import { Flaws } from './references';
import type { Draft, ImageText, Order, Resource } from './resource';
import { Results } from './results';
import { statusAt, type Task } from './task';
import { Tasks } from './tasks';
import { createdView, TaskViews } from './views';

const commonFields = ['callback_url', 'external_task_id'];
const lagMs = 2000;

/** What Kling's requests do, without HTTP. */
export class KlingApi {
	private readonly tasks: Tasks;
	private readonly views: TaskViews;
	private readonly callbacks: Callbacks;
	private readonly purses: Purses;
	/** What accounts have, and what their tasks cost. */
	readonly assets: Assets;

	constructor(private readonly world: World) {
		const results = new Results(world);
		this.views = new TaskViews(world);
		this.callbacks = new Callbacks(world);
		this.purses = new Purses(world);
		this.tasks = new Tasks(world, this.purses, {
			changed: (task) => this.tell(task),
			file: async (task, name) => await results.file(task, name),
		});
		this.assets = new Assets(world, this.tasks, this.purses);
	}

	clear(): void {
		this.tasks.clear();
		this.purses.clear();
		this.assets.clear();
	}

	/** Checks in the order fields, duplicate, slots; then creates. `body` is JSON as bytes. */
	async create<Wishes>(account: Account, kind: Resource<Wishes>, body: Buffer): Promise<Answer> {
		const parsed = parseBody(body);
		const { settings } = this.world;
		const draft = kind.read(new Fields(parsed, [...commonFields, ...kind.fields], invalid), settings);
		const inputs = await this.takeInAll(draft.images);
		const byText = new Map(draft.images.map(({ text, field }) => [text, inputs.get(field)!]));
		const request = redacted(parsed as Record<string, unknown>, byText);
		const order = this.withElements(account, draft, inputs);
		const task = this.tasks.create({ account: account.name, kind, order, inputs, request });
		return success(createdView(task, this.world.clock.now()), task.id, numberIds([task]));
	}

	/** One task, by its ID or its external ID. */
	get<Wishes>(account: Account, kind: Resource<Wishes>, id: string): Answer {
		const byExternalId = kind.hasExternalLookup?.(this.world.settings) ?? true;
		const task = this.tasks.find(account.name, kind.name, id, byExternalId);
		if (!task) throw invalid(`Task not found by id/external id: ${id}`);
		return success(this.views.single(task), task.id, numberIds([task]));
	}

	/** One page of tasks, newest first unless a fault bends it. */
	list(account: Account, resource: string, query: object, faults: readonly FaultRule[]): Answer {
		const { first, size } = pageOf(query);
		let tasks = this.tasks.list(account.name, resource);
		for (const { kind, ms = lagMs } of faults) {
			if (kind === 'lag') tasks = tasks.filter(({ createdAt }) => createdAt <= this.world.clock.now() - ms);
			if (kind === 'shuffle') tasks = shuffled(tasks, this.world.random);
		}
		const page = tasks.slice(first, first + size);
		return success(
			page.map((task) => this.views.listed(task)),
			undefined,
			numberIds(page),
		);
	}

	/** Sends the bare task object (docs/services/kling.md, Callbacks). */
	private tell(task: Task): void {
		const { callbackUrl: url } = task.order;
		if (url === '') return;
		const { clock, settings } = this.world;
		const taskStatus = statusAt(task, clock.now());
		const body = toJson(this.views.told(task));
		this.callbacks.notify(task, { url, taskStatus, body, secret: settings.webhookSecret });
	}

	/** The order of a draft; its elements are among the `inputs` then, or are a flaw. */
	private withElements<Wishes>(account: Account, draft: Draft<Wishes>, inputs: Map<string, Input>): Order<Wishes> {
		const { images: _images, elements = [], ...order } = draft;
		const { unknownElement, partialResult } = this.world.settings;
		const flaws = new Flaws(draft.flaw);
		const own = elements.length === 0 ? [] : this.tasks.all(account.name);
		for (const { field, id } of elements) {
			const front = elementImage(own, id);
			if (front) inputs.set(field, front);
			else flaws.add(unknownElement, `Element id not found: ${id}`);
		}
		const made = partialResult === 'off' ? order.n : Math.min(order.n, partialResult);
		return { ...order, made, flaw: flaws.first };
	}

	/** The pictures by their field; of several that are refused, the first one's refusal counts. */
	private async takeInAll(images: readonly ImageText[]): Promise<Map<string, Input>> {
		const taken = await Promise.allSettled(images.map(async (image) => await takeIn(image, this.world.images)));
		const inputs = new Map<string, Input>();
		for (const [position, input] of taken.entries()) {
			if (input.status === 'rejected') throw input.reason;
			inputs.set(images[position]!.field, input.value);
		}
		return inputs;
	}
}

function numberIds(tasks: readonly Task[]): string[] {
	return tasks.filter(({ fate }) => fate.sendNumbersAsIds).map(({ id }) => id);
}
