import type { Fields } from '../http/fields';
import { Refusal } from './errors';

/** The models of one endpoint. */
interface Models {
	/** Taken when a create names none. */
	preset: string;
	offered: readonly string[];
	/** No longer offered here, though elsewhere. */
	gone?: readonly string[];
}

/** The models of all endpoints; which of them are retired is a setting. */
const models = {
	// docs/services/kling.md, Image Generation
	generations: { preset: 'kling-v3', offered: ['kling-v3', 'kling-v2-1'], gone: ['kling-v2'] },
	// docs/services/kling.md, Omni Image
	'omni-image': { preset: 'kling-image-o1', offered: ['kling-image-o1', 'kling-v3-omni'] },
	// docs/services/kling.md, Multi-Image to Image
	'multi-image2image': { preset: 'kling-v2-1', offered: ['kling-v2-1', 'kling-v2'] },
} satisfies Record<string, Models>;

/** Models that no document knows any more (docs/services/kling.md, Image Generation). */
export const longGone: readonly string[] = ['kling-v1', 'kling-v1-5', 'kling-v2-new'];

/** The model that a create names, or else the preset one; throws the refusal of one that cannot be had. */
export function readModel(
	fields: Fields,
	resource: keyof typeof models,
	retired: readonly string[],
	preset = models[resource].preset,
): string {
	const { offered, gone = [] }: Models = models[resource];
	const name = fields.text('model_name') || preset;
	if (retired.includes(name) || gone.includes(name)) {
		throw new Refusal(1203, `The model '${name}' has been discontinued and is no longer available.`);
	}
	if (!offered.includes(name)) throw new Refusal(1203, `The model '${name}' is not found`);
	return name;
}
