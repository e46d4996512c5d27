import type { IBinaryData, IDataObject, INodeExecutionData } from 'n8n-workflow';

import { downloadImages, withDownloadWarning } from '../images/download';
import type { ItemContext } from '../item/context';
import type { Settings } from '../item/settings';
import type { Endpoint } from '../model/service';
import { withoutUndefined, withWarning, type TaskReply } from '../model/task';

/** Which items a result becomes. */
export type OutputSettings = Pick<
	Settings,
	'simplify' | 'downloadImages' | 'outputItems' | 'binaryPrefix' | 'passInputFields'
>;

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
	{ task: read, reply }: TaskReply,
	output: OutputSettings,
	pairedItem: INodeExecutionData['pairedItem'],
): Promise<INodeExecutionData[]> {
	const files = output.downloadImages ? await downloadImages(item, endpoint, read) : [];
	const task = item.progress.warnings.reduce(
		withWarning,
		output.downloadImages ? withDownloadWarning(item, read) : read,
	);
	const own = output.passInputFields ? item.input.json : {};
	const perImage = output.simplify && output.outputItems === 'perImage' && task.images.length > 0;
	const groups = perImage ? task.images.map((_, index) => [index]) : [task.images.map((_, index) => index)];
	return groups.map((indices) => {
		const images = indices.map((index) => task.images[index]);
		const json: IDataObject = output.simplify
			? withoutUndefined({ ...own, ...item.progress.facts, ...task, images } as IDataObject)
			: { ...own, ...(reply.body as IDataObject) };
		const binary = binaryFields(
			indices.map((index) => files[index]),
			output.binaryPrefix,
		);
		return { json, ...(binary && { binary }), pairedItem };
	});
}

function binaryFields(files: Array<IBinaryData | undefined>, prefix: string): Record<string, IBinaryData> | undefined {
	const fields = files.flatMap((file, place) => (file ? [[binaryName(prefix, place), file] as const] : []));
	return fields.length > 0 ? Object.fromEntries(fields) : undefined;
}

/** `image`, `image_1`, `image_2`, … */
function binaryName(prefix: string, place: number): string {
	return place === 0 ? prefix : `${prefix}_${place}`;
}
