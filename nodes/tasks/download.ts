import type { IBinaryData, IHttpRequestOptions } from 'n8n-workflow';

import { quote, taskError, type TaskError } from './errors';
import { backoff, type ItemExchange } from './exchange';
import { Gate } from './gate';
import { imageTypeOf, type ImageType } from './imageType';
import { asRecord } from './json';
import type { Task, TaskImage } from './task';

/** Largest picture that is taken, in bytes, and how many are on their way at once in this process. */
const LARGEST_BYTES = 50 * 1024 * 1024;
const DOWNLOADS_AT_ONCE = 3;

const TIMEOUT_MS = 120_000;
const TRIES = 6;
const BACKOFF_MS = 500;

const gate = new Gate(DOWNLOADS_AT_ONCE);

/** Why a picture could not be had; `again` when another try may help. */
interface Miss {
	problem: string;
	hint: string;
	again: boolean;
	httpStatus?: number;
}

/** A file's bytes as they arrive. */
type ByteStream = AsyncIterable<Uint8Array> & { destroy?(): void };

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
	for (let attempt = 1; ; attempt += 1) {
		const result = (await gate.pass(async () => await store(exchange, task, image), signal)) ?? lost;
		if ('stored' in result) return result.stored;
		if (!result.again || attempt >= TRIES || signal?.aborted) throw missingImage(exchange, task, image, result);
		await clock.pause(backoff(clock, attempt, BACKOFF_MS), signal);
	}
}

async function store(exchange: ItemExchange, task: Task, image: TaskImage): Promise<{ stored: IBinaryData } | Miss> {
	const result = await fetchImage(exchange, image.url);
	if (!('bytes' in result)) return result;
	const { bytes, type } = result;
	return { stored: await exchange.context.helpers.prepareBinaryData(bytes, fileName(task, image, type), type.mime) };
}

/** One try. The whole picture is held only between here and n8n's storage, for at most three at once. */
async function fetchImage(
	{ context, declared, signal }: ItemExchange,
	url: string,
): Promise<{ bytes: Buffer; type: ImageType } | Miss> {
	const { proxy, skipSslCertificateValidation } = declared.options;
	const request = {
		method: 'GET',
		url,
		proxy,
		skipSslCertificateValidation,
		encoding: 'stream',
		returnFullResponse: true,
		ignoreHttpStatusErrors: true,
		timeout: TIMEOUT_MS,
		abortSignal: signal,
	} as IHttpRequestOptions;
	const [answer] = await Promise.allSettled([context.helpers.httpRequest(request)]);
	if (answer.status === 'rejected') return lost;
	const { statusCode, headers, body } = answer.value as {
		statusCode: number;
		headers: Record<string, unknown>;
		body: ByteStream;
	};
	if (statusCode !== 200) {
		body.destroy?.();
		return refused(statusCode);
	}
	if (Number(asRecord(headers)['content-length']) > LARGEST_BYTES) {
		body.destroy?.();
		return tooLarge;
	}
	const [read] = await Promise.allSettled([collect(body)]);
	if (read.status === 'rejected') return lost;
	if (!read.value) return tooLarge;
	const type = imageTypeOf(read.value);
	return type ? { bytes: read.value, type } : noPicture;
}

/** The bytes of a stream, or undefined as soon as there are too many. */
async function collect(stream: ByteStream): Promise<Buffer | undefined> {
	const chunks: Uint8Array[] = [];
	let size = 0;
	for await (const chunk of stream) {
		size += chunk.length;
		if (size > LARGEST_BYTES) return undefined;
		chunks.push(chunk);
	}
	return Buffer.concat(chunks);
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

const AGAIN = 'The task is finished and paid. Read it again with the operation Get and Download Images switched on.';

const lost: Miss = { problem: 'the connection was lost', hint: AGAIN, again: true };

const tooLarge: Miss = {
	problem: 'it is larger than 50 MB',
	hint: 'Switch Download Images off and fetch the URL in the output with the HTTP Request node.',
	again: false,
};

const noPicture: Miss = {
	problem: 'the file is not a picture',
	hint: `The result may have been deleted; results are kept for a limited time. ${AGAIN}`,
	again: false,
};

function refused(httpStatus: number): Miss {
	const dead = httpStatus === 403 || httpStatus === 404 || httpStatus === 410;
	return {
		problem: dead ? `the link is dead (HTTP ${httpStatus})` : `the server answered HTTP ${httpStatus}`,
		hint: dead ? `Results are deleted after some time, and their links expire. ${AGAIN}` : AGAIN,
		again: !dead,
		httpStatus,
	};
}
