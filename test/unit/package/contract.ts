/**
 * What saved workflows depend on, as tables: for each node resource × operation → parameter → default; stored values;
 * requests.
 */

export type Defaults = Record<string, unknown>;

/** Parameters of an operation with their defaults, top-level and inside `options`, and the request it declares. */
export interface OperationContract {
	top: Defaults;
	options: Defaults;
	/** Absent where n8n's routing makes no request: the engine does. */
	request?: `${'GET' | 'POST'} ${string}`;
}

export interface NodeContract {
	credential: string;
	/** The resource with which the editor opens the node. Each resource opens with its first operation here. */
	opensWith: string;
	operations: Record<string, Record<string, OperationContract>>;
	/** Stored values of every choice but resource and operation. */
	values: Record<string, string[]>;
}

const results: Defaults = { waitForCompletion: true, downloadImages: true, simplify: true };

const waitingAlone: Defaults = {
	onTaskFailed: 'error',
	onTimeout: 'returnPending',
	passInputFields: false,
	pollInterval: 0,
	timeout: 15,
};

/** Of tasks that end with pictures. */
const waiting: Defaults = { ...waitingAlone, binaryPrefix: 'image', outputItems: 'perTask' };

const waitingValues: Record<string, string[]> = {
	onTimeout: ['returnPending', 'error'],
	onTaskFailed: ['error', 'returnItem'],
	outputItems: ['perTask', 'perImage'],
};

const sending: Defaults = { extraBody: '{}', maxConcurrentTasks: 0, queueTimeout: 15 };

/** Of a service without an idempotency key. */
const creating: Defaults = { ...waiting, ...sending };

const taskId = '={{ $json.taskId }}';
const get = { top: { taskId, downloadImages: false, simplify: true }, options: {} };
const wait = { top: { taskId, downloadImages: true, simplify: true }, options: waiting };

const klingCreating: Defaults = {
	...creating,
	callbackUrl: '',
	externalTaskId: '',
	externalTaskIdPrefix: 'n8n-',
	onDuplicate: 'error',
};

/** Create and Wait for Callback: as Create, but for what means nothing once the execution sleeps. */
const OF_WAITING = [
	'waitForCompletion',
	'pollInterval',
	'callbackUrl',
	'outputItems',
	'onTaskFailed',
	'onTimeout',
	'onPartial',
];

function suspended(top: Defaults, options: Defaults): OperationContract {
	const without = (all: Defaults) =>
		Object.fromEntries(Object.entries(all).filter(([name]) => !OF_WAITING.includes(name)));
	return { top: without(top), options: { ...without(options), allowUnreachable: false } };
}

/** The operations of an endpoint of Kling. */
function klingOperations(path: string, top: Defaults, options: Defaults): Record<string, OperationContract> {
	const one = `GET =${path}/{{ encodeURIComponent($parameter.taskId) }}` as const;
	return {
		create: { top: { ...top, ...results }, options: { ...klingCreating, ...options }, request: `POST ${path}` },
		createAndWaitForCallback: suspended({ ...top, ...results }, { ...klingCreating, ...options }),
		get: { ...get, request: one },
		getAll: {
			top: { returnAll: false, limit: 50, simplify: true },
			options: { createdAfter: '', createdBefore: '', externalTaskIdPrefix: '', page: 1, pageSize: 30, status: [] },
			request: `GET ${path}`,
		},
		wait: { ...wait, request: one },
	};
}

/** "Node `kling`" */
const kling: NodeContract = {
	credential: 'klingApi',
	opensWith: 'multiImageToImage',
	operations: {
		multiImageToImage: klingOperations(
			'/v1/images/multi-image2image',
			{ subjectImages: 'data', imagesFrom: 'item', prompt: '', modelName: 'kling-v2-1', aspectRatio: '16:9', n: 1 },
			{ sceneImage: '', styleImage: '', watermark: false },
		),
		imageExpansion: klingOperations(
			'/v1/images/editing/expand',
			{
				image: 'data',
				upExpansionRatio: 0,
				downExpansionRatio: 0,
				leftExpansionRatio: 0,
				rightExpansionRatio: 0,
				prompt: '',
				n: 1,
			},
			{ watermark: false },
		),
		aiMultiShot: klingOperations('/v1/general/ai-multi-shot', { image: 'data' }, {}),
	},
	values: {
		...waitingValues,
		imagesFrom: ['item', 'allItems'],
		modelName: ['kling-v2-1', 'kling-v2'],
		aspectRatio: ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9'],
		onDuplicate: ['error', 'returnExisting'],
		status: ['submitted', 'processing', 'succeeded', 'failed'],
	},
};

/** A training takes long, ends without pictures, and a part of a model is of no use. */
const trainingWait: Defaults = { ...waitingAlone, timeout: 60 };
const portraitWait: Defaults = { ...waiting, onPartial: 'return' };
const portraitCreating: Defaults = { ...creating, onPartial: 'return', callbackUrl: '' };
const photos: Defaults = { photos: '*', imagesFrom: 'item' };
const style: Defaults = { style: { mode: 'list', value: '' } };
const query = 'POST /cloud/aigc_task_query';

/** "Node `aliyunPortrait`" */
const aliyunPortrait: NodeContract = {
	credential: 'aliyunMarketApi',
	opensWith: 'photo',
	operations: {
		photo: { upload: { top: photos, options: {}, request: 'POST /cloud/upload_file' } },
		userModel: {
			create: {
				top: { ...photos, waitForCompletion: true, simplify: true },
				options: { ...trainingWait, ...sending, callbackUrl: '' },
				request: 'POST /cloud/aigc_user_model_create',
			},
			createAndWaitForCallback: suspended({ ...photos, simplify: true }, { ...trainingWait, ...sending }),
			get: { top: { taskId, simplify: true }, options: {}, request: query },
			wait: { top: { taskId, simplify: true }, options: trainingWait, request: query },
		},
		style: {
			getAll: {
				top: { returnAll: false, limit: 50 },
				options: { sex: '', name: '' },
				request: 'GET /cloud/aigc_product_brief_query',
			},
		},
		portrait: {
			create: {
				top: { userId: '={{ $json.userId }}', ...style, ...results },
				options: portraitCreating,
				request: 'POST /cloud/aigc_task_create',
			},
			createAndWaitForCallback: suspended({ userId: '={{ $json.userId }}', ...style, ...results }, portraitCreating),
			get: { ...get, request: query },
			wait: { top: wait.top, options: portraitWait, request: query },
			generate: {
				top: { ...photos, ...style, downloadImages: true, simplify: true },
				options: { ...portraitCreating, userId: '', modelTaskId: '', trainingTimeout: 60 },
				request: 'POST /cloud/aigc_task_create',
			},
		},
	},
	values: { ...waitingValues, imagesFrom: ['item', 'allItems'], onPartial: ['return', 'error'] },
};

const oneTask = 'GET =/ps_tasks/result/{{ encodeURIComponent($parameter.taskId) }}';

/** "Node `psTask`" */
const psTask: NodeContract = {
	credential: 'psTaskApi',
	opensWith: 'task',
	operations: {
		task: {
			create: {
				top: { imageUrl: '', prompt: '', ...results },
				options: { ...creating, imageId: '', priority: 0, editor: '', keepSize: true },
				request: 'POST /ps_tasks/submit',
			},
			get: { ...get, request: oneTask },
			wait: { ...wait, request: oneTask },
		},
	},
	values: waitingValues,
};

/** Every node of the package, by the name of its type. */
export const NODES: Record<string, NodeContract> = { aliyunPortrait, kling, psTask };

/** Every credential: fields with their defaults, and stored values of every choice. */
export const CREDENTIALS: Record<string, { fields: Defaults; values: Record<string, string[]> }> = {
	klingApi: {
		fields: {
			authentication: 'apiKey',
			apiKey: '',
			accessKey: '',
			secretKey: '',
			region: 'singapore',
			baseUrl: '',
			webhookSecret: '',
			privateImageHosts: '',
		},
		values: { authentication: ['apiKey', 'accessKey'], region: ['singapore', 'beijing', 'custom'] },
	},
	aliyunMarketApi: {
		fields: {
			baseUrl: '',
			authentication: 'appCode',
			appCodeSecret: '',
			appKey: '',
			appSecret: '',
			stage: 'RELEASE',
			headerName: '',
			headerSecret: '',
			privateImageHosts: '',
		},
		values: { authentication: ['appCode', 'appKeySecret', 'header', 'none'], stage: ['RELEASE', 'PRE', 'TEST'] },
	},
	psTaskApi: {
		fields: {
			baseUrl: '',
			authentication: 'none',
			token: '',
			headerName: '',
			headerSecret: '',
			privateImageHosts: '',
		},
		values: { authentication: ['none', 'bearer', 'header'] },
	},
};

/** Named in the contract, but not shown before they work. */
export const NOT_YET = ['checkImages', 'expansionMode', 'target'];
