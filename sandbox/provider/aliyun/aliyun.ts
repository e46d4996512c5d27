import type { AliyunAccount } from '../accounts';
import type { Answer } from '../answer';
import { Callbacks } from '../callbacks';
import type { FileLinks } from '../file-links';
import { withoutPrefix, type Service } from '../service';
import type { World } from '../world';
import { success } from './envelope';
import { invalid, Refusal, rets } from './errors';
import { Gate } from './gateway/gate';
import { GatewayRefusal, refused } from './gateway/refusals';
import { readUpload } from './multipart';
import { callbackUrl, imageSet, parametersOf } from './parameters';
import { Results } from './results';
import { styleOf, styles } from './styles';
import { ledgerEntry, pictureCount, spelled, stateAt, type Task } from './task';
import { Tasks } from './tasks';
import { Uploads } from './uploads';

/** Where a relay would offer the API beside its own place. */
export const relayPrefix = '/aliyun';

/** AI Portrait behind Aliyun's API gateway: what its requests do, without HTTP (specs/aliyun-portrait.md). */
export class Aliyun implements Service {
	readonly name = 'aliyunPortrait';
	readonly gate: Gate;
	readonly results: Results;
	readonly tasks: Tasks;
	private readonly uploads: Uploads;
	private readonly callbacks: Callbacks;

	constructor(private readonly world: World, private readonly links: FileLinks) {
		this.gate = new Gate(world);
		this.results = new Results(world);
		this.uploads = new Uploads(world);
		this.callbacks = new Callbacks(world);
		this.tasks = new Tasks(world, (task) => this.tell(task));
	}

	owns(path: string): boolean {
		return withoutPrefix(path, relayPrefix).startsWith('/cloud/');
	}

	failure(status: number): Answer {
		const codes: Record<number, string> = { 404: 'I404NF', 413: 'I413RL', 414: 'I413UL' };
		const refusal = new GatewayRefusal(codes[status] ?? (status < 500 ? 'I400BD' : 'X500ER'));
		return refused(refusal, this.world.settings.aliyunGatewayCodes);
	}

	clear(): void {
		this.gate.nonces.clear();
		this.tasks.clear();
		this.uploads.clear();
	}

	/** Takes in a photo. */
	async upload(account: AliyunAccount, body: Buffer, contentType: string): Promise<Answer> {
		const upload = await this.uploads.add(account, await readUpload(contentType, body));
		return { ...success(upload.path), upload };
	}

	/** Begins the training of a user's model. */
	createUserModel(account: AliyunAccount, body: Buffer): Answer {
		const { fields, request } = parametersOf(body, ['img_set', 'callback_url']);
		const photos = imageSet(fields).map((path) => {
			const photo = this.uploads.find(account, path);
			if (!photo) throw invalid(`img_set: ${path} was never uploaded`);
			return photo;
		});
		const url = callbackUrl(fields);
		const userId = this.tasks.nextUserId();
		return this.begin(account, { resource: 'userModel', userId, photos, callbackUrl: url, request });
	}

	/** All styles: the document knows no paging and no filter. */
	styles(): Answer {
		const base = this.links.base();
		const shown = styles.map(({ name, style, sex }) => ({ name, style, template: `${base}/templates/${style}.png`, sex }));
		return success(shown, { bodyFirst: true });
	}

	/** Begins a portrait; only a model whose training ended with state 3 will do (specs/aliyun-portrait.md, step 3). */
	createPortrait(account: AliyunAccount, body: Buffer): Answer {
		const { fields, request } = parametersOf(body, ['user_id', 'style', 'callback_url']);
		const userId = fields.requiredText('user_id');
		const style = styleOf(fields.requiredText('style'));
		if (!style) throw invalid(`style does not exist: ${String(request.style)}`);
		const url = callbackUrl(fields);
		const training = this.tasks.training(account, userId);
		if (!training) throw new Refusal(rets.notFound, `user_id does not exist: ${userId}`);
		const state = stateAt(training, this.world.clock.now());
		if (state !== 3) throw new Refusal(rets.notReady, `The model of user ${userId} cannot be used: ${spelled(state)}`);
		return this.begin(account, { resource: 'portrait', userId, photos: training.photos, style, callbackUrl: url, request });
	}

	/** The state of a task of either kind. */
	query(account: AliyunAccount, body: Buffer): Answer {
		const taskId = parametersOf(body, ['task_id']).fields.requiredText('task_id');
		const task = this.tasks.find(account, taskId);
		if (task) return success(this.view(task), { taskId, bodyFirst: true });
		if (this.world.settings.aliyunUnknownTask === 'null') return success(null, { bodyFirst: true });
		throw new Refusal(rets.notFound, `task_id does not exist: ${taskId}`);
	}

	private begin(account: AliyunAccount, draft: Parameters<Tasks['create']>[1]): Answer {
		const task = this.tasks.create(account, draft);
		this.world.registry.add({
			id: task.id,
			service: this.name,
			resource: task.resource,
			fate: task.fate,
			entry: () => {
				this.tasks.look(task);
				return ledgerEntry(task, this.world.clock.now());
			},
			finish: async (end, message) => this.tasks.finish(task, end, message),
			file: async (name) => {
				this.tasks.look(task);
				return await this.results.file(task, name);
			},
		});
		return success({ task_id: task.id, user_id: task.userId }, { taskId: task.id });
	}

	private view(task: Task): Record<string, unknown> {
		const written = (value: number) => (this.world.settings.aliyunStateAsText ? String(value) : value);
		return {
			state: written(stateAt(task, this.world.clock.now())),
			id: task.id,
			tsk_type: written(task.resource === 'userModel' ? 1 : 2),
			result_paths: Array.from({ length: pictureCount(task) }, (_, number) => this.links.url(task, `${number}`)),
		};
	}

	/** Sends what a query would be answered with: the document leaves the payload open (provider-apis.md A17). */
	private tell(task: Task): void {
		if (task.callbackUrl === '') return;
		const taskStatus = String(stateAt(task, this.world.clock.now()));
		this.callbacks.notify(task, { url: task.callbackUrl, taskStatus, body: JSON.stringify({ ret: 0, body: this.view(task) }) });
	}
}
