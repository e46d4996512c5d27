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
	/** Stored values of every choice but resource and operation; by resource where they differ. */
	values: Record<string, string[] | Record<string, string[]>>;
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
const waiting: Defaults = { ...waitingAlone, binaryPrefix: 'image', fileName: '', outputItems: 'perTask' };

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
	reuseResults: 'never',
	maxUnits: 0,
	checkImages: true,
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

/** The same of tasks that end without pictures. */
function withoutImages(operations: Record<string, OperationContract>): Record<string, OperationContract> {
	const without = (all: Defaults) =>
		Object.fromEntries(
			Object.entries(all).filter(
				([name]) => !['downloadImages', 'binaryPrefix', 'fileName', 'outputItems'].includes(name),
			),
		);
	const entries = Object.entries(operations).map(([name, { top, options, ...more }]) => [
		name,
		{ top: without(top), options: without(options), ...more },
	]);
	return Object.fromEntries(entries) as Record<string, OperationContract>;
}

const RATIOS = ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '21:9'];

/** "Node `kling`" */
const kling: NodeContract = {
	credential: 'klingApi',
	opensWith: 'imageGeneration',
	operations: {
		imageGeneration: klingOperations(
			'/v1/images/generations',
			{ prompt: '', image: '', modelName: 'kling-v3', aspectRatio: '16:9', resolution: '1k', n: 1 },
			{
				negativePrompt: '',
				imageReference: 'subject',
				imageFidelity: 0.5,
				humanFidelity: 0.45,
				elementIds: '',
				watermark: false,
			},
		),
		omniImage: klingOperations(
			'/v1/images/omni-image',
			{
				prompt: '',
				images: '',
				modelName: 'kling-v3-omni',
				resultType: 'single',
				n: 1,
				seriesAmount: 4,
				aspectRatio: 'auto',
				resolution: '1k',
			},
			{ imagesFrom: 'item', elementIds: '', watermark: false },
		),
		multiImageToImage: klingOperations(
			'/v1/images/multi-image2image',
			{
				subjectImages: 'data',
				sceneImage: '',
				styleImage: '',
				prompt: '',
				modelName: 'kling-v2-1',
				aspectRatio: '16:9',
				n: 1,
			},
			{ imagesFrom: 'item', watermark: false },
		),
		imageExpansion: klingOperations(
			'/v1/images/editing/expand',
			{
				image: 'data',
				expansionMode: 'target',
				targetAspectRatio: '16:9',
				anchor: 'center',
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
		element: withoutImages(
			klingOperations(
				'/v1/general/advanced-custom-elements',
				{ frontalImage: 'data', referImages: '={{ $json.images }}', elementName: '', elementDescription: '' },
				{},
			),
		),
		account: {
			getPacks: {
				top: {},
				options: { purchasedWithinDays: 400, includeUnusable: false },
				request: 'GET /account/costs',
			},
			getDeductions: {
				top: { ledger: 'units', returnAll: false, limit: 50, from: '', to: '' },
				options: { taskIds: '' },
				request: 'POST =/account/billing/{{ $parameter.ledger === "money" ? "balance" : "package" }}',
			},
		},
	},
	values: {
		...waitingValues,
		imagesFrom: ['item', 'allItems'],
		modelName: {
			imageGeneration: ['kling-v3', 'kling-v2-1'],
			omniImage: ['kling-v3-omni', 'kling-image-o1'],
			multiImageToImage: ['kling-v2-1', 'kling-v2'],
		},
		aspectRatio: {
			imageGeneration: RATIOS,
			omniImage: ['auto', ...RATIOS],
			multiImageToImage: RATIOS,
		},
		expansionMode: ['target', 'ratios'],
		targetAspectRatio: ['16:9', '9:16', '1:1', '4:3', '3:4', '3:2', '2:3', '5:4', '4:5', '21:9'],
		anchor: ['center', 'top', 'bottom', 'left', 'right', 'topLeft', 'topRight', 'bottomLeft', 'bottomRight'],
		resolution: { imageGeneration: ['1k', '2k'], omniImage: ['1k', '2k', '4k'] },
		resultType: ['single', 'series'],
		imageReference: ['subject', 'face'],
		onDuplicate: ['error', 'returnExisting'],
		reuseResults: ['never', 'manualRuns', 'always'],
		status: ['submitted', 'processing', 'succeeded', 'failed'],
		ledger: ['units', 'money'],
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
	opensWith: 'portrait',
	operations: {
		photo: { upload: { top: photos, options: { checkImages: true }, request: 'POST /cloud/upload_file' } },
		userModel: {
			create: {
				top: { ...photos, waitForCompletion: true, simplify: true },
				options: { ...trainingWait, ...sending, callbackUrl: '', checkImages: true },
				request: 'POST /cloud/aigc_user_model_create',
			},
			createAndWaitForCallback: suspended(
				{ ...photos, simplify: true },
				{ ...trainingWait, ...sending, checkImages: true },
			),
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
			generate: {
				top: { ...photos, ...style, downloadImages: true, simplify: true },
				options: { ...portraitCreating, userId: '', modelTaskId: '', trainingTimeout: 60, checkImages: true },
				request: 'POST /cloud/aigc_task_create',
			},
			create: {
				top: { userId: '={{ $json.userId }}', ...style, ...results },
				options: portraitCreating,
				request: 'POST /cloud/aigc_task_create',
			},
			createAndWaitForCallback: suspended({ userId: '={{ $json.userId }}', ...style, ...results }, portraitCreating),
			get: { ...get, request: query },
			wait: { top: wait.top, options: portraitWait, request: query },
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

/** The kinds of tasks that the Kling Trigger watches by default. Frozen: later ones are chosen by hand. */
export const WATCHED = ['aiMultiShot', 'imageExpansion', 'imageGeneration', 'multiImageToImage', 'omniImage'];

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
