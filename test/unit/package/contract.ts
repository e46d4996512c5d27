/** contract.md, "Node `kling`", as a table: resource × operation → parameter → default; options with their values. */

export type Defaults = Record<string, unknown>;

const results: Defaults = { waitForCompletion: true, downloadImages: true, simplify: true };

const waiting: Defaults = {
	binaryPrefix: 'image',
	onTaskFailed: 'error',
	onTimeout: 'returnPending',
	outputItems: 'perTask',
	passInputFields: false,
	pollInterval: 0,
	timeout: 15,
};

const creating: Defaults = {
	...waiting,
	callbackUrl: '',
	externalTaskId: '',
	externalTaskIdPrefix: 'n8n-',
	extraBody: '{}',
	maxConcurrentTasks: 0,
	onDuplicate: 'error',
	queueTimeout: 15,
};

const taskId = '={{ $json.taskId }}';

const shared: Record<string, { top: Defaults; options: Defaults }> = {
	get: { top: { taskId, downloadImages: false, simplify: true }, options: {} },
	wait: { top: { taskId, downloadImages: true, simplify: true }, options: waiting },
	getAll: {
		top: { returnAll: false, limit: 50, simplify: true },
		options: { createdAfter: '', createdBefore: '', externalTaskIdPrefix: '', page: 1, pageSize: 30, status: [] },
	},
};

/** Parameters of each operation with their defaults, top-level and inside `options`. */
export const PARAMETERS: Record<string, Record<string, { top: Defaults; options: Defaults }>> = {
	multiImageToImage: {
		...shared,
		create: {
			top: {
				subjectImages: 'data', imagesFrom: 'item', prompt: '', modelName: 'kling-v2-1', aspectRatio: '16:9', n: 1, ...results,
			},
			options: { ...creating, sceneImage: '', styleImage: '', watermark: false },
		},
	},
	imageExpansion: {
		...shared,
		create: {
			top: {
				image: 'data', upExpansionRatio: 0, downExpansionRatio: 0, leftExpansionRatio: 0, rightExpansionRatio: 0,
				prompt: '', n: 1, ...results,
			},
			options: { ...creating, watermark: false },
		},
	},
	aiMultiShot: {
		...shared,
		create: { top: { image: 'data', ...results }, options: creating },
	},
};

/** Stored values of every choice. */
export const VALUES: Record<string, string[]> = {
	resource: ['multiImageToImage', 'imageExpansion', 'aiMultiShot'],
	operation: ['create', 'get', 'getAll', 'wait'],
	imagesFrom: ['item', 'allItems'],
	modelName: ['kling-v2-1', 'kling-v2'],
	aspectRatio: ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9'],
	onTimeout: ['returnPending', 'error'],
	onTaskFailed: ['error', 'returnItem'],
	onDuplicate: ['error', 'returnExisting'],
	outputItems: ['perTask', 'perImage'],
	status: ['submitted', 'processing', 'succeeded', 'failed'],
};

/** Path of each resource, from its document. */
export const PATHS: Record<string, string> = {
	multiImageToImage: '/v1/images/multi-image2image',
	imageExpansion: '/v1/images/editing/expand',
	aiMultiShot: '/v1/general/ai-multi-shot',
};

/** Named in the contract, but not shown before they work. */
export const NOT_YET = ['checkImages', 'expansionMode', 'target', 'createAndWaitForCallback', 'allowUnreachable', 'webhookSecret'];
