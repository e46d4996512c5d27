import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { downloadImages } from './download';
import { quote } from './errors';
import type { ItemExchange } from './exchange';
import type { Settings } from './settings';
import type { Reply } from './provider';
import { withoutUndefined, type Task } from './task';

/** Which items a result becomes. */
export type OutputSettings = Pick<
	Settings,
	'simplify' | 'downloadImages' | 'outputItems' | 'binaryPrefix' | 'passInputFields'
>;

/**
 * Makes the output items of a task: one with all pictures, or one a picture. Every item is paired with its input item.
 * Throws a TaskError when a picture cannot be downloaded.
 */
export async function toItems(
	exchange: ItemExchange,
	{ task, reply }: { task: Task; reply: Reply },
	output: OutputSettings,
	pairedItem: INodeExecutionData['pairedItem'],
): Promise<INodeExecutionData[]> {
	const pictures = output.downloadImages ? await downloadImages(exchange, task) : [];
	const own = output.passInputFields ? exchange.context.getInputData(0).json : {};
	const perImage = output.simplify && output.outputItems === 'perImage' && task.images.length > 0;
	const groups = perImage ? task.images.map((_, index) => [index]) : [task.images.map((_, index) => index)];
	return groups.map((indices) => {
		const json = output.simplify
			? withoutUndefined({ ...own, ...task, images: indices.map((index) => task.images[index]) } as IDataObject)
			: ({ ...own, ...(reply.body as IDataObject) } as IDataObject);
		const binary = Object.fromEntries(
			indices.flatMap((index, place) => {
				const picture = pictures[index];
				return picture ? [[binaryName(output.binaryPrefix, place), picture] as const] : [];
			}),
		);
		return { json, ...(Object.keys(binary).length > 0 ? { binary } : {}), pairedItem };
	});
}

/** `image`, `image_1`, `image_2`, … */
export function binaryName(prefix: string, place: number): string {
	return place === 0 ? prefix : `${prefix}_${place}`;
}

/** What is wrong with a prefix for binary fields, or undefined. */
export function prefixProblem(prefix: string): string | undefined {
	return /^[\w-]+$/.test(prefix)
		? undefined
		: `Binary Field Prefix ${quote(prefix)} may hold only letters, digits, "_" and "-"`;
}
