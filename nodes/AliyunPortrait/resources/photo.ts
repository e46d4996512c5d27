import {
	checkImages,
	checksImages,
	findImageFields,
	imagesFrom,
	operation,
	optionsOf,
	pairing,
	refuseUnfitImages,
	takesAllItems,
	type ImageReference,
	type NodeResource,
	type Operation,
} from '../../tasks';
import { photos } from '../fields';
import { photosToUpload, uploadPhotos } from '../photos';

/** Uploads the photos of an item, or of all items; nothing is paid for it. */
const uploadItem: Operation<ImageReference[] | undefined> = {
	async prepare(item) {
		if (takesAllItems(item) && item.itemIndex > 0) return undefined;
		const found = await findImageFields(item, item.declaredRequest().body, [photosToUpload]);
		if (checksImages(item)) await refuseUnfitImages(item, found);
		return found.flatMap(({ references }) => references);
	},
	async perform(item, references) {
		// With the photos of all items together, the first item stands for all.
		if (!references) return [];
		const paths = await uploadPhotos(item, references);
		const { warnings } = item.progress;
		const json = { paths, ...(warnings.length > 0 && { warnings }) };
		return [{ json, pairedItem: pairing(item, takesAllItems(item)) }];
	},
};

export const photo: NodeResource = {
	value: 'photo',
	option: { name: 'Photo', value: 'photo', description: 'A photo of a person' },
	operations: [
		operation('photo', {
			name: 'Upload',
			value: 'upload',
			action: 'Upload photos',
			description: 'Upload photos and return their paths, for User Model: Create',
			request: { method: 'POST', url: '/cloud/upload_file' },
			run: uploadItem,
			images: [photosToUpload],
			properties: [
				photos('Separated by commas or new lines. * takes all images of the item.'),
				imagesFrom,
				optionsOf([checkImages]),
			],
		}),
	],
};
