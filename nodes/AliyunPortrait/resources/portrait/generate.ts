import type { IDataObject, INodeExecutionData, INodeProperties } from 'n8n-workflow';

import { createAndWait, prepareCreate } from '../../../tasks/create';
import { createOptions, keylessNotice } from '../../../tasks/createOptions';
import { operation } from '../../../tasks/declare';
import { inputError, isTaskError, quote } from '../../../tasks/errors';
import type { ItemExchange } from '../../../tasks/exchange';
import { takesAllItems } from '../../../tasks/imageFields';
import { asRecord, asText } from '../../../tasks/json';
import { imagesFrom, resultProperties } from '../../../tasks/properties';
import type { Operation } from '../../../tasks/operation';
import type { TaskEndpoint } from '../../../tasks/provider';
import { waitForTaskOf } from '../../../tasks/read';
import { resultItems } from '../../../tasks/result';
import { pairing } from '../../../tasks/run';
import { positiveMinutes } from '../../../tasks/settings';
import type { Prepared } from '../../../tasks/submit';
import type { Waited } from '../../../tasks/wait';
import { callbackUrl, photos, style } from '../../fields';
import { definedOf, withMade, type Made } from '../../made';
import { endpoint as modelEndpoint } from '../userModel/endpoint';
import { PHOTOS_HINT, training } from '../userModel/create';
import { generation } from './create';
import { endpoint, KIND } from './endpoint';

/** Where the way to the portraits begins. */
interface Plan {
	/** A model to train; absent when the user names one that is trained, or in training. */
	model?: Prepared;
	modelTaskId?: string;
	userId?: string;
	trainingTimeoutMs: number;
	portrait: Prepared;
}

/** What there is when the portrait is about to be made. */
type Model = Made & { userId: string };

/** The whole way: photos, upload, user model, portrait, pictures. Each step is bought once, as by itself. */
const generatePortrait: Operation<Plan | undefined> = {
	pays: true,
	prepare: (exchange) => (takesAllItems(exchange) && exchange.itemIndex > 0 ? undefined : planOf(exchange)),
	async perform(exchange, plan) {
		// With the photos of all items in one model, the first item stands for all.
		if (!plan) return [];
		const pairedItem = pairing(exchange.context, exchange.itemIndex, takesAllItems(exchange));
		const model = await modelOf(exchange, plan, pairedItem);
		if (Array.isArray(model)) return model;
		const [made] = await Promise.allSettled([makePortrait(exchange, plan, model, pairedItem)]);
		if (made.status === 'fulfilled') return made.value;
		throw isTaskError(made.reason) ? withMade(made.reason, model) : made.reason;
	},
};

function planOf(exchange: ItemExchange): Plan {
	const options = asRecord(exchange.context.getNodeParameter('options', {}));
	const { img_set, ...rest } = exchange.declared.options.body as IDataObject;
	const userId = asText(options.userId)?.trim() || undefined;
	const modelTaskId = asText(options.modelTaskId)?.trim() || undefined;
	// The user ID is known only after the training, so that the check gets something in its place.
	// A training that is waited for first need not have succeeded yet, as the item may tell.
	const spec = modelTaskId === undefined ? generation : { ...generation, check: undefined };
	const portrait = prepareCreate(exchange, spec, { ...rest, user_id: userId ?? 'of the new model' });
	const trainingTimeoutMs = positiveMinutes(exchange, 'Training Timeout (Minutes)', options.trainingTimeout ?? modelEndpoint.waiting?.timeout);
	const plan = { userId, modelTaskId, portrait, trainingTimeoutMs };
	if (userId ?? modelTaskId) return plan;
	const model = prepareCreate(at(exchange, modelEndpoint), training, { img_set, callback_url: rest.callback_url });
	// Extra Body is for the request that makes the portrait.
	return { ...plan, model: { ...model, settings: { ...model.settings, extraBody: {}, timeoutMs: trainingTimeoutMs } } };
}

/** The trained model; or the items that stand for a training that is not over, or that failed, as the options say. */
async function modelOf(
	exchange: ItemExchange,
	{ model, modelTaskId, userId, trainingTimeoutMs, portrait }: Plan,
	pairedItem: INodeExecutionData['pairedItem'],
): Promise<Model | INodeExecutionData[]> {
	const trainingExchange = at(exchange, modelEndpoint);
	const settings = { ...portrait.settings, onPartial: 'error', timeoutMs: trainingTimeoutMs, downloadImages: false };
	let trained: Waited;
	if (model) trained = await createAndWait(trainingExchange, training, model);
	else if (modelTaskId) trained = await waitForTaskOf(trainingExchange, modelTaskId, settings);
	else return { userId: userId ?? '' };
	const { taskId, status, paths } = trained.task;
	const known = { userId: userId ?? asText(trained.task.userId), modelTaskId: taskId, paths: paths as string[] | undefined };
	if (status === 'succeeded' && known.userId !== undefined) return { ...known, userId: known.userId };
	if (status === 'succeeded') {
		const message = `The service does not tell which user model the training task ${quote(taskId)} has made`;
		const hint = 'Fill in User ID as well: User Model: Create returned both.';
		throw withMade(inputError(exchange.context.getNode(), exchange.itemIndex, message, hint), known);
	}
	const told = { ...trained, task: { ...trained.task, ...definedOf(known) } };
	const [items] = await Promise.allSettled([resultItems(trainingExchange, told, settings, pairedItem)]);
	if (items.status === 'fulfilled') return items.value;
	throw isTaskError(items.reason) ? withMade(items.reason, known) : items.reason;
}

async function makePortrait(
	exchange: ItemExchange,
	{ portrait }: Plan,
	model: Model,
	pairedItem: INodeExecutionData['pairedItem'],
): Promise<INodeExecutionData[]> {
	const body = { ...portrait.body, user_id: model.userId };
	const { task, ...waited } = await createAndWait(exchange, generation, { ...portrait, body });
	return await resultItems(exchange, { ...waited, task: { ...task, ...definedOf(model) } }, portrait.settings, pairedItem);
}

/** The same item at another endpoint. */
function at(exchange: ItemExchange, other: TaskEndpoint): ItemExchange {
	const { declared } = exchange;
	return { ...exchange, endpoint: other, declared: { ...declared, options: { ...declared.options, url: other.path } } };
}

const ownOptions: INodeProperties[] = [
	{
		displayName: 'Training Task ID',
		name: 'modelTaskId',
		type: 'string',
		default: '',
		placeholder: 'e.g. 00e0931c-de26-4e67-9b7e-15f56ea4c0f5',
		description: 'Wait for this training instead of starting one. Fill in User ID as well: the service does not tell it again.',
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

export const generate = operation(endpoint, {
	name: 'Generate From Photos',
	value: 'generate',
	action: 'Generate a portrait from photos',
	description: 'The whole way: upload photos, train a user model, make portraits. Two paid steps.',
	request: { method: 'POST', url: endpoint.path },
	run: generatePortrait,
	properties: [
		keylessNotice,
		photos(PHOTOS_HINT),
		imagesFrom,
		style,
		...resultProperties(KIND).filter(({ name }) => name !== 'waitForCompletion').map(({ displayOptions: _always, ...property }) => property),
		createOptions([callbackUrl, ...ownOptions], { ...KIND, keyless: true }),
	],
});
