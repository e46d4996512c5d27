import type { INodeExecutionData, INodeProperties } from 'n8n-workflow';

import {
	asRecord,
	asText,
	checkImages,
	createAndWait,
	createPropertiesWithoutWait,
	idIn,
	imagesFrom,
	inputError,
	keylessNotice,
	operation,
	pairing,
	positiveMinutes,
	prepareCreate,
	resultItems,
	submitOnce,
	takesAllItems,
	tellUnfinished,
	usualTimeout,
	waitForSubmitted,
	waitForTask,
	type ItemContext,
	type Operation,
	type PreparedCreate,
	type Waited,
} from '../../tasks';
import { callbackUrl, photos, style } from '../fields';
import { endpoint, generation, KIND } from './portraitTask';
import { endpoint as modelEndpoint, PHOTOS_HINT, training } from './userModel';

/** Where the way to the portraits begins. */
interface Plan {
	/** A model to train; absent when the user names one that is trained, or in training. */
	model?: PreparedCreate;
	modelTaskId?: string;
	userId?: string;
	trainingTimeoutMs: number;
	portrait: PreparedCreate;
}

/** The whole way: photos, upload, user model, portrait, images. Each step is bought once, as by itself. */
const generatePortrait: Operation<Plan | undefined> = {
	isKeyless: true,
	prepare: async (item) => await planOf(item),
	conclude: tellUnfinished,
	async perform(item, plan) {
		// With the photos of all items in one model, the first item stands for all.
		if (!plan) return [];
		const pairedItem = pairing(item, takesAllItems(item));
		const model = await modelOf(item, plan, pairedItem);
		if (typeof model !== 'string') return model;
		const { settings, request } = plan.portrait;
		const { body } = await request();
		item.progress.nextTask();
		const portrait = { settings, request: () => ({ body: { ...body, user_id: model }, images: [] }) };
		const waited = await createAndWait(item, endpoint, generation, portrait);
		return await resultItems(item, endpoint, waited, settings, pairedItem);
	},
};

async function planOf(item: ItemContext): Promise<Plan | undefined> {
	const options = asRecord(item.parameter('options', {}));
	const userId = idIn(item, 'User ID', options.userId, 'Enter the user ID of a trained user model.') || undefined;
	const modelTaskId =
		idIn(item, 'Training Task ID', options.modelTaskId, 'Enter the ID of the training task.') || undefined;
	const declared = () => {
		const { img_set, ...rest } = item.declaredRequest().body;
		return { img_set, rest };
	};
	// A training that is waited for first need not have succeeded yet, as the item may tell.
	const spec = modelTaskId === undefined ? generation : { ...generation, check: undefined };
	// The user ID is known only after the training, so that the check gets something in its place.
	const portrait = await prepareCreate(item, endpoint, spec, () => ({
		...declared().rest,
		user_id: userId ?? 'of the new model',
	}));
	if (!portrait) return undefined;
	const minutes = options.trainingTimeout ?? usualTimeout(item, modelEndpoint);
	const trainingTimeoutMs = positiveMinutes(item, 'Training Timeout (Minutes)', minutes);
	const plan = { userId, modelTaskId, portrait, trainingTimeoutMs };
	if (userId ?? modelTaskId) return plan;
	const model = await prepareCreate(item, modelEndpoint, training, () => {
		const { img_set, rest } = declared();
		return { img_set, callback_url: rest.callback_url };
	});
	const fileName = portrait.settings.fileName || (model?.settings.fileName ?? '');
	// Raw JSON Fields is for the request that makes the portrait.
	return {
		...plan,
		portrait: { ...portrait, settings: { ...portrait.settings, fileName } },
		model: model && { ...model, settings: { ...model.settings, extraBody: {}, timeoutMs: trainingTimeoutMs } },
	};
}

/** The user ID of the trained model; or the items that stand for a training that is not over, or that failed. */
async function modelOf(
	item: ItemContext,
	plan: Plan,
	pairedItem: INodeExecutionData['pairedItem'],
): Promise<string | INodeExecutionData[]> {
	const { userId, trainingTimeoutMs, portrait } = plan;
	const settings = { ...portrait.settings, onPartial: 'error', timeoutMs: trainingTimeoutMs, downloadImages: false };
	item.progress.add({ userId });
	const trained = await trainedModel(item, plan, settings);
	if (!trained) return userId ?? '';
	const { status, userId: told } = trained.task;
	const known = userId ?? asText(told);
	item.progress.add({ userId: known });
	if (status !== 'succeeded') return await resultItems(item, modelEndpoint, trained, settings, pairedItem);
	if (known !== undefined) return known;
	throw inputError(
		item.node,
		item.itemIndex,
		'The service does not tell which user model the training has made',
		'Fill in User ID as well: User Model: Create returned both.',
	);
}

/** The training once it is over, or out of time; undefined when the user names a model that is trained. */
async function trainedModel(
	item: ItemContext,
	{ model, modelTaskId }: Plan,
	settings: PreparedCreate['settings'],
): Promise<Waited | undefined> {
	if (model) {
		const submitted = await submitOnce(item, modelEndpoint, training, model);
		item.progress.add({ modelTaskId: submitted.task.taskId });
		return await waitForSubmitted(item, modelEndpoint, model.settings, submitted);
	}
	if (!modelTaskId) return undefined;
	item.progress.add({ modelTaskId });
	return await waitForTask(item, modelEndpoint, { id: modelTaskId, isNew: false }, settings);
}

const ownOptions: INodeProperties[] = [
	{
		displayName: 'Training Task ID',
		name: 'modelTaskId',
		type: 'string',
		default: '',
		placeholder: 'e.g. 00e0931c-de26-4e67-9b7e-15f56ea4c0f5',
		description:
			'Wait for this training instead of starting one. Fill in User ID as well: the service does not tell it again.',
	},
	{
		displayName: 'Training Timeout (Minutes)',
		name: 'trainingTimeout',
		type: 'number',
		typeOptions: { minValue: 0 },
		default: 60,
		description: 'How long to wait for the user model, before the timeout of the portrait begins',
	},
	{
		displayName: 'User ID',
		name: 'userId',
		type: 'string',
		default: '',
		placeholder: 'e.g. U0000000013835',
		description: 'Use this trained user model instead of training one: no photos are needed then',
	},
];

export const generate = operation(endpoint.resource, {
	name: 'Generate From Photos',
	value: 'generate',
	short: 'generate',
	action: 'Generate portraits from photos',
	description: 'The whole way: upload photos, train a user model, make portraits. Two paid steps.',
	request: { method: 'POST', url: endpoint.path },
	run: generatePortrait,
	images: training.images,
	isPaid: true,
	properties: [
		keylessNotice,
		// A user ID or a training that is there needs none.
		photos(PHOTOS_HINT, false),
		imagesFrom,
		style,
		...createPropertiesWithoutWait([callbackUrl, checkImages, ...ownOptions], KIND),
	],
});
