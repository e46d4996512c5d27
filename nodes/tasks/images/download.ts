import type { IBinaryData } from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import { taskError, type TaskError } from '../model/errors';
import type { Endpoint } from '../model/service';
import { withWarning, type Task, type TaskImage } from '../model/task';
import type { ImageHosts } from '../util/imageHosts';
import { limiterPerAccount, type Limiter } from '../util/limiter';
import { quote, textOfError, withoutCodes } from '../util/text';
import { lost, storeImage, type Miss } from './fetch';
import type { ImageType } from './formats';
import { imageName, lastPartOf, wordsOf } from './names';
import { tryAgain } from './tries';

/**
 * Images of an account on their way at once: all that one task can have. n8n's file system takes them in parts; its other
 * storages hold this many whole ones in memory.
 */
const DOWNLOADS_AT_ONCE = 9;

/** Images of a task that are downloaded: ten times as many as any service makes. */
const MOST_IMAGES = 100;

const downloadLimiter = limiterPerAccount(DOWNLOADS_AT_ONCE);

/**
 * Downloads the images of a task into n8n's binary storage, in the order of `task.images`; of more than a hundred the
 * first hundred. Sends no credential: the URLs are signed, and the hosts are not the API's (docs/services/README.md,
 * Result links). Throws a TaskError when one is missing or cannot be stored; the others are stopped then. What is stored
 * already stays until n8n deletes the execution: a node can delete nothing there.
 */
export async function downloadImages(item: ItemContext, { service }: Endpoint, task: Task): Promise<IBinaryData[]> {
	const { key, imageHosts } = await item.account(service.connection);
	const failed = new AbortController();
	const files = await Promise.all(
		task.images.slice(0, MOST_IMAGES).map(async (image) => {
			// One for each: a signal that many listen to makes Node warn.
			const signal = AbortSignal.any([failed.signal, ...(item.signal ? [item.signal] : [])]);
			try {
				return await download({ ...item, signal }, imageHosts, downloadLimiter(key), task, image);
			} catch (error) {
				// The first reason stays: that of the others is the abort.
				failed.abort(error);
				return undefined;
			}
		}),
	);
	failed.signal.throwIfAborted();
	return files.filter((file) => file !== undefined);
}

/** The task as its output tells of it: with a warning if not all of its images are downloaded. */
export function withDownloadWarning(item: ItemContext, task: Task): Task {
	const { length } = task.images;
	if (length <= MOST_IMAGES) return task;
	const warning = `The task has ${length} images; the first ${MOST_IMAGES} were downloaded. The URLs of all of them are in the task.`;
	item.warn(warning);
	return withWarning(task, warning);
}

/** Tries until the image is stored. Pauses between the tries are spent outside of the limiter. */
async function download(
	item: ItemContext,
	hosts: ImageHosts,
	limiter: Limiter,
	task: Task,
	image: TaskImage,
): Promise<IBinaryData> {
	const once = async () => (await limiter.run(async () => await store(item, hosts, task, image), item.signal)) ?? lost;
	const result = await tryAgain(item, once);
	if ('stored' in result) return result.stored;
	throw missingImage(item, task, image, result);
}

async function store(
	item: ItemContext,
	hosts: ImageHosts,
	task: Task,
	image: TaskImage,
): Promise<{ stored: IBinaryData } | Miss> {
	try {
		return await storeImage(item, hosts, image.url, (type) => fileName(task, image, type));
	} catch (error) {
		return { problem: `n8n could not store it (${withoutCodes(textOfError(error))})`, hint: NOT_STORED, again: false };
	}
}

const NOT_STORED =
	'The task is finished and paid. Make room in the binary storage of n8n, then read the task again with the operation Get and Download Images switched on.';

/** The name in the URL with the ending of the true type; without a usable name the task's ID and the image's number. */
function fileName(task: Task, image: TaskImage, type: ImageType): string {
	const fallback = `${wordsOf(task.taskId) || 'image'}_${task.images.indexOf(image) + 1}`;
	return imageName(lastPartOf(image.url), type, fallback);
}

function missingImage({ node, itemIndex }: ItemContext, task: Task, image: TaskImage, miss: Miss): TaskError {
	const { taskId, externalTaskId } = task;
	const number = task.images.indexOf(image) + 1;
	return taskError(node, {
		message: miss.message
			? `${miss.message}.`
			: `Image ${number} of the task could not be downloaded from ${quote(image.url)}: ${miss.problem}`,
		hint: miss.hint,
		itemIndex,
		httpStatus: miss.httpStatus,
		taskId,
		externalTaskId,
		taskState: 'created',
		retryable: miss.again,
	});
}
