import type { IBinaryData, IDataObject, INodeExecutionData } from 'n8n-workflow';

import { downloadImages, type ImageFiles } from '../images/download';
import { withLinks } from '../images/links';
import { otherShapes } from '../images/shape';
import type { ItemContext } from '../item/context';
import type { Settings } from '../item/settings';
import type { Endpoint, Service } from '../model/service';
import {
	COST_KEYS,
	inOrder,
	withoutUndefined,
	withWarning,
	type Task,
	type TaskImage,
	type TaskReply,
} from '../model/task';
import { forCaller, TASK_KEYS_NOT_FOR_MODELS } from './forModels';

/** Which items a result becomes. */
export type OutputSettings = Pick<
	Settings,
	'simplify' | 'downloadImages' | 'outputItems' | 'binaryPrefix' | 'passInputFields' | 'fileName' | 'aspectRatio'
>;

/** A task as an item without files tells of it. */
export async function taskJson(item: ItemContext, service: Service, task: Task): Promise<IDataObject> {
	return inOrder(await withLinks(item, service, task));
}

/** What an output item is paired with: its input item, or all of them when one task was made of them all. */
export function pairing({ inputs, itemIndex }: ItemContext, ofAll: boolean): INodeExecutionData['pairedItem'] {
	return ofAll ? inputs.map((_, item) => ({ item })) : { item: itemIndex };
}

/**
 * Makes the output items of a task: one with all images, or one for each image. Every item is paired with its input item.
 * Throws a TaskError when an image cannot be downloaded or stored.
 */
export async function toItems(
	item: ItemContext,
	endpoint: Endpoint,
	read: TaskReply,
	output: OutputSettings,
	pairedItem: INodeExecutionData['pairedItem'],
): Promise<INodeExecutionData[]> {
	const { task: linked, files } = output.downloadImages
		? await downloadImages(item, endpoint, read.task, read.reply, output.fileName)
		: { task: await withLinks(item, endpoint.service, read.task), files: [] };
	const shapes = output.downloadImages ? otherShapes(linked.images, output.aspectRatio) : [];
	const task = [...item.progress.warnings, ...shapes].reduce(withWarning, linked);
	item.run.handedOn.push(task.status);
	const own = output.passInputFields ? item.input.json : {};
	const perImage = output.simplify && output.outputItems === 'perImage' && task.images.length > 0;
	const groups = perImage ? task.images.map((_, index) => [index]) : [task.images.map((_, index) => index)];
	return groups.map((indices, group) => {
		const { binary, names } = binaryFields(
			indices.map((index) => files[index]),
			output.binaryPrefix,
		);
		const images = indices.map((index, place) => withoutUndefined({ ...task.images[index], ...names[place] }));
		// The task was paid once, however many items tell of it.
		const paid = Object.fromEntries(group === 0 ? [] : COST_KEYS.map((key) => [key, undefined]));
		const one = perImage ? { url: images[0]?.url, ...paid } : {};
		const told = { ...item.progress.facts, ...task, ...one, images };
		const json: IDataObject = output.simplify
			? inOrder({ ...own, ...forCaller(item, told, TASK_KEYS_NOT_FOR_MODELS) } as IDataObject)
			: { ...own, ...(read.reply.body as IDataObject) };
		return { json, ...(binary && { binary }), pairedItem };
	});
}

/** The binary fields for the files of an item's images, and for each image the names of its own. */
function binaryFields(files: Array<ImageFiles | undefined>, prefix: string) {
	const fields: Record<string, IBinaryData> = {};
	const names = files.map((file, place): Pick<TaskImage, 'binaryField' | 'watermarkBinaryField'> => {
		const binaryField = file?.image && binaryName(prefix, place);
		const watermarkBinaryField = file?.watermark && `${binaryName(prefix, place)}_watermark`;
		if (file?.image && binaryField) fields[binaryField] = file.image;
		if (file?.watermark && watermarkBinaryField) fields[watermarkBinaryField] = file.watermark;
		return { binaryField, watermarkBinaryField };
	});
	return { binary: Object.keys(fields).length > 0 ? fields : undefined, names };
}

/** `image`, `image_1`, `image_2`, … */
function binaryName(prefix: string, place: number): string {
	return place === 0 ? prefix : `${prefix}_${place}`;
}
