import type { IBinaryData } from 'n8n-workflow';

import { sentAt } from '../http/client';
import type { ItemContext } from '../item/context';
import { taskError, type Failure, type TaskError } from '../model/errors';
import type { Endpoint, Reply, Service } from '../model/service';
import { withoutUndefined, withWarning, type Task, type TaskImage } from '../model/task';
import type { ImageHosts } from '../util/imageHosts';
import { limiterPerAccount, type Limiter } from '../util/limiter';
import { capitalized, quoteUpTo, textOfError } from '../util/text';
import { lost, storeImage, type Miss, type StoredImage } from './fetch';
import { linkIn, PATH_WARNING } from './links';
import { resultName, resultStem } from './names';
import { tryAgain } from './tries';

/**
 * Images of an account on their way at once: all that one task can have. n8n's file system takes them in parts; its other
 * storages hold this many whole ones in memory.
 */
const DOWNLOADS_AT_ONCE = 9;

/** Longest link in the data of an error, in characters. */
const LONGEST_LINK = 200;

/** Images of a task that are downloaded: ten times as many as any service makes. */
const MOST_IMAGES = 100;

const downloadLimiter = limiterPerAccount(DOWNLOADS_AT_ONCE);

/** The files of one image, as far as they could be had. */
export interface ImageFiles {
	image?: IBinaryData;
	watermark?: IBinaryData;
}

/** Where the files of a task come from. */
interface Source {
	item: ItemContext;
	service: Service;
	hosts: ImageHosts;
	limiter: Limiter;
	baseUrl: string;
	task: Task;
	/** What the names of the files begin with. */
	stem: string;
	/** True when the service has deleted its results by its own clock: then one try is enough. */
	isExpired: boolean;
	/** Stops everything for this reason. */
	fail(error: TaskError): void;
}

/** An image after its download, and what the user should know of it. */
interface Fetched {
	image: TaskImage;
	files: ImageFiles;
	warnings: string[];
}

/**
 * Downloads the images of a task into n8n's binary storage, with their watermarked files; of more than a hundred images
 * the first hundred. They are named after `fileName`, or else after the task. Gives the task as it is told then, and the files in the order of `task.images`. The answer that it
 * was read from tells the service's time. Sends no credential: the URLs are signed, and the hosts are not the API's
 * (docs/services/README.md, Result links). Throws a TaskError when an image is missing or cannot be stored; the others are
 * stopped then. What is stored already stays until n8n deletes the execution: a node can delete nothing there. A missing
 * watermarked file, and an image behind a path that is no link, is a warning.
 */
export async function downloadImages(
	item: ItemContext,
	{ service }: Endpoint,
	task: Task,
	{ headers }: Pick<Reply, 'headers'> = { headers: {} },
	fileName = '',
): Promise<{ task: Task; files: ImageFiles[] }> {
	const { key, imageHosts, baseUrl } = await item.account(service.connection);
	const isExpired = Date.parse(task.expiresAt ?? '') <= sentAt(headers, item.clock);
	const failed = new AbortController();
	const source = {
		service,
		hosts: imageHosts,
		limiter: downloadLimiter(key),
		baseUrl,
		task,
		stem: resultStem(fileName, task.taskId),
		isExpired,
		fail: (error: TaskError) => failed.abort(error),
	};
	const fetched = await Promise.all(
		task.images.map(async (image, place): Promise<Fetched> => {
			const nothing = { image, files: {}, warnings: [] };
			if (place >= MOST_IMAGES) return nothing;
			// One for each: a signal that many listen to makes Node warn.
			const signal = AbortSignal.any([failed.signal, ...(item.signal ? [item.signal] : [])]);
			try {
				return await fetchFiles({ ...source, item: { ...item, signal } }, image);
			} catch (error) {
				// The first reason stays: that of the others is the abort.
				failed.abort(error);
				return nothing;
			}
		}),
	);
	failed.signal.throwIfAborted();
	const warnings = [...fetched.flatMap((each) => each.warnings), ...leftOut(item, task)];
	return {
		task: warnings.reduce(withWarning, { ...task, images: fetched.map(({ image }) => image) }),
		files: fetched.map(({ files }) => files),
	};
}

function leftOut(item: ItemContext, { images: { length } }: Task): string[] {
	if (length <= MOST_IMAGES) return [];
	const warning = `The task has ${length} images; the first ${MOST_IMAGES} were downloaded. The URLs of all of them are in the task.`;
	item.warn(warning);
	return [warning];
}

/** The files of one image. Throws when the image itself is missing. */
async function fetchFiles(source: Source, image: TaskImage): Promise<Fetched> {
	const number = image.index + 1;
	const main = await fetchFile(source, image.url, `_${number}`, (miss) =>
		source.fail(missingImage(source, image, miss)),
	);
	if ('problem' in main && !main.isPath) throw missingImage(source, image, main);
	const marked = image.watermarkUrl ? await fetchFile(source, image.watermarkUrl, `_${number}_watermark`) : undefined;
	const shown = {
		...image,
		url: 'link' in main ? main.link : image.url,
		watermarkUrl: marked && 'link' in marked ? marked.link : image.watermarkUrl,
		...('link' in main ? main.size : undefined),
	};
	return {
		image: withoutUndefined(shown),
		files: {
			image: 'link' in main ? main.stored : undefined,
			watermark: marked && 'link' in marked ? marked.stored : undefined,
		},
		warnings: [
			...warningsOf(`Image ${number}`, main),
			...(marked ? warningsOf(`The watermarked file of image ${number}`, marked) : []),
			...(!marked && source.task.watermark ? [`Image ${number} has no watermarked file.`] : []),
		],
	};
}

function warningsOf(what: string, file: FetchedFile | FileMiss): string[] {
	if ('link' in file) return [];
	const why = file.problem && `${what} could not be downloaded: ${file.problem}.`;
	return [file.isPath ? PATH_WARNING : '', why].filter((warning) => warning !== '');
}

/** A stored file, and the link to it. */
type FetchedFile = StoredImage & { link: string };

/** Why a file could not be had; `isPath`: the service gives no link for it, or none that leads anywhere. */
type FileMiss = Miss & { isPath?: boolean };

/** Fetches what the service gives for a file. */
async function fetchFile(
	source: Source,
	text: string,
	suffix: string,
	whenLost: (miss: Miss) => void = () => undefined,
): Promise<FetchedFile | FileMiss> {
	const link = linkIn(text, source.baseUrl);
	if (link === undefined) return NO_LINK;
	const result = await download(source, link, suffix, link === text ? whenLost : () => undefined);
	if ('stored' in result) return { link, ...result };
	// What is only read into a path may be wrong, which is no failure of the task.
	const isPath = link !== text && result.hint !== NOT_STORED && !source.item.signal?.aborted;
	return { ...result, isPath };
}

const NO_LINK: FileMiss = { problem: '', hint: '', again: false, isPath: true };

/**
 * Tries until the file is stored. Pauses between the tries are spent outside of the limiter; `whenLost` is called inside,
 * so that no other file is begun before it is known.
 */
async function download(
	source: Source,
	link: string,
	suffix: string,
	whenLost: (miss: Miss) => void,
): Promise<StoredImage | Miss> {
	const { item, limiter, isExpired } = source;
	const once = async (ends: (result: StoredImage | Miss) => boolean) => {
		const stored = await limiter.run(async () => {
			const result = await store(source, link, suffix);
			if ('problem' in result && ends(result)) whenLost(result);
			return result;
		}, item.signal);
		return stored ?? lost;
	};
	return await tryAgain(item, once, isExpired ? 1 : undefined);
}

async function store({ item, hosts, stem }: Source, link: string, suffix: string): Promise<StoredImage | Miss> {
	try {
		return await storeImage(item, hosts, link, (type) => resultName(stem, suffix, type));
	} catch (error) {
		return {
			problem: 'the storage of n8n did not take the file',
			said: textOfError(error),
			hint: NOT_STORED,
			again: false,
		};
	}
}

const NOT_STORED =
	'The task is finished and paid. Make room in the binary storage of n8n, then read the task again with the operation Get and Download Images switched on.';

function missingImage({ item, service, task, isExpired }: Source, image: TaskImage, miss: Miss): TaskError {
	const { taskId, externalTaskId } = task;
	const known = { itemIndex: item.itemIndex, httpStatus: miss.httpStatus, taskId, externalTaskId };
	// A refused address has nothing to do with the time.
	const mayBeDeleted = miss.again || miss.httpStatus !== undefined || miss.instead !== undefined;
	if (isExpired && mayBeDeleted) {
		return taskError(item.node, { ...known, ...expired(service, task), taskState: 'created', retryable: false });
	}
	return taskError(item.node, {
		...known,
		headline: `${capitalized(miss.problem)} (image ${image.index + 1} of the task)`,
		said: miss.said,
		hint: miss.hint,
		taskState: 'created',
		retryable: miss.again,
		more: { url: quoteUpTo(image.url, LONGEST_LINK).slice(1, -1) },
	});
}

function expired({ name, resultsKeptDays }: Service, { expiresAt = '' }: Task): Pick<Failure, 'headline' | 'hint'> {
	const kept = resultsKeptDays === undefined ? 'results are deleted' : `${name} keeps them for ${resultsKeptDays} days`;
	return {
		headline: `The images of this task expired on ${expiresAt.slice(0, 10)}: ${kept}`,
		hint: 'They cannot be brought back: only a new task makes new ones, and costs again. Download images when their task ends.',
	};
}
