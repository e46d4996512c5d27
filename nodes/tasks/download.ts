import type { IBinaryData } from 'n8n-workflow';

import { quote, taskError, type TaskError } from './errors';
import { backoff, type ItemExchange } from './exchange';
import { lost, storeImage, type Miss } from './fetchImage';
import { Gate } from './gate';
import type { ImageType } from './imageType';
import type { Task, TaskImage } from './task';

/**
 * Pictures on their way at once in this process: all that one task can have. n8n's file system takes them in parts;
 * its other storages hold this many whole ones in memory.
 */
const DOWNLOADS_AT_ONCE = 9;

const TRIES = 6;
const BACKOFF_MS = 500;

const gate = new Gate(DOWNLOADS_AT_ONCE);

/**
 * Downloads the pictures of a task into n8n's binary storage, in the order of `task.images`. Sends no credential:
 * the URLs are signed, and the hosts are not the API's (provider-apis.md 2.6). Throws a TaskError when one is missing.
 */
export async function downloadImages(exchange: ItemExchange, task: Task): Promise<IBinaryData[]> {
	return await Promise.all(task.images.map(async (image) => await download(exchange, task, image)));
}

/** Tries until the picture is stored. Pauses between the tries are spent outside of the gate. */
async function download(exchange: ItemExchange, task: Task, image: TaskImage): Promise<IBinaryData> {
	const { clock, signal } = exchange;
	const store = async () => await storeImage(exchange, image.url, (type) => fileName(task, image, type));
	for (let attempt = 1; ; attempt += 1) {
		const result = (await gate.pass(store, signal)) ?? lost;
		if ('stored' in result) return result.stored;
		if (!result.again || attempt >= TRIES || signal?.aborted) throw missingImage(exchange, task, image, result);
		await clock.pause(backoff(clock, attempt, BACKOFF_MS), signal);
	}
}

/** The name in the URL with the ending of the true type; without a usable name the task's ID and the picture's number. */
function fileName(task: Task, image: TaskImage, type: ImageType): string {
	const path = image.url.replace(/[?#].*$/s, '');
	const last = path.slice(path.lastIndexOf('/') + 1).replace(/[^\w.-]+/g, '_');
	const bare = last.replace(/\.(png|jpe?g|webp|gif|bmp|tiff?|heic|avif)$/i, '');
	const name = /\w/.test(bare) ? bare : `${task.taskId}_${task.images.indexOf(image) + 1}`;
	return `${name}.${type.extension}`;
}

function missingImage({ context, itemIndex }: ItemExchange, task: Task, image: TaskImage, miss: Miss): TaskError {
	const { taskId, externalTaskId } = task;
	const number = task.images.indexOf(image) + 1;
	return taskError(context.getNode(), {
		message: `Picture ${number} of task ${taskId} could not be downloaded from ${quote(image.url)}: ${miss.problem}`,
		hint: miss.hint,
		itemIndex,
		httpStatus: miss.httpStatus,
		taskId,
		externalTaskId,
		taskState: 'created',
		retryable: miss.again,
	});
}
