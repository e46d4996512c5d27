import type { Answer } from '../core/answer';
import type { ResultFile } from '../core/registry';
import type { World } from '../core/world';
import { Callbacks } from '../http/callbacks';
import type { AliyunAccount } from './account';
import { success } from './envelope';
import { invalid, Refusal, rets } from './errors';
import { readUpload } from './multipart';
import { callbackUrl, imageSet, parametersOf } from './parameters';
import { Results } from './results';
import { styleOf, styles } from './styles';
import { pictureCount, spelled, stateAt, type Task } from './task';
import { Tasks, type Draft } from './tasks';
import { Uploads } from './uploads';

/** What the portrait service's requests do, without HTTP (docs/services/aliyun-portrait.md). */
export class AliyunApi {
	private readonly results: Results;
	private readonly tasks: Tasks;
	private readonly uploads: Uploads;
	private readonly callbacks: Callbacks;

	constructor(private readonly world: World) {
		this.results = new Results(world);
		this.uploads = new Uploads(world);
		this.callbacks = new Callbacks(world);
		this.tasks = new Tasks(world, {
			changed: (task) => this.tell(task),
			file: async (task, name) => await this.results.file(task, name),
		});
	}

	clear(): void {
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
		const base = this.world.links.base();
		const shown = styles.map(({ name, style, sex }) => ({
			name,
			style,
			template: `${base}/templates/${style}.png`,
			sex,
		}));
		return success(shown, { bodyFirst: true });
	}

	/** A style's preview by its file name. */
	async template(fileName: string): Promise<ResultFile | undefined> {
		return await this.results.template(fileName);
	}

	/**
	 * Begins a portrait; only a model whose training ended with state 3 will do (docs/services/aliyun-portrait.md, User
	 * model).
	 */
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
		return this.begin(account, {
			resource: 'portrait',
			userId,
			photos: training.photos,
			style,
			callbackUrl: url,
			request,
		});
	}

	/** The state of a task of either kind. */
	query(account: AliyunAccount, body: Buffer): Answer {
		const taskId = parametersOf(body, ['task_id']).fields.requiredText('task_id');
		const task = this.tasks.find(account, taskId);
		if (task) return success(this.view(task), { taskId, bodyFirst: true });
		if (this.world.settings.aliyunUnknownTask === 'null') return success(null, { bodyFirst: true });
		throw new Refusal(rets.notFound, `task_id does not exist: ${taskId}`);
	}

	/** What the task makes that a query asks for; '' if there is no such task. */
	resourceOfQuery(body: Buffer): string {
		try {
			return this.tasks.resourceOf(JSON.parse(body.toString('utf8'))?.task_id);
		} catch {
			return '';
		}
	}

	private begin(account: AliyunAccount, draft: Draft): Answer {
		const { id, userId } = this.tasks.create(account, draft);
		return success({ task_id: id, user_id: userId }, { taskId: id });
	}

	private view(task: Task): Record<string, unknown> {
		const { settings, clock, links } = this.world;
		const written = (value: number) => (settings.aliyunStateAsText ? String(value) : value);
		return {
			state: written(stateAt(task, clock.now())),
			id: task.id,
			tsk_type: written(task.resource === 'userModel' ? 1 : 2),
			result_paths: Array.from({ length: pictureCount(task) }, (_, number) => links.url(task, `${number}`)),
		};
	}

	/**
	 * Sends what a query would be answered with: the document leaves the payload open (docs/services/aliyun-portrait.md,
	 * Callbacks).
	 */
	private tell(task: Task): void {
		if (task.callbackUrl === '') return;
		const taskStatus = String(stateAt(task, this.world.clock.now()));
		const body = JSON.stringify({ ret: 0, body: this.view(task) });
		this.callbacks.notify(task, { url: task.callbackUrl, taskStatus, body });
	}
}
