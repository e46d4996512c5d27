import type { IDataObject } from 'n8n-workflow';

import { operation } from '../../../tasks/declare';
import { findImageFields, takesAllItems } from '../../../tasks/imageFields';
import type { ImageReference } from '../../../tasks/images';
import type { Operation } from '../../../tasks/operation';
import { imagesFrom } from '../../../tasks/properties';
import { pairing } from '../../../tasks/run';
import { photos } from '../../fields';
import { photosToUpload, uploadPhotos } from '../../photos';
import { endpoint } from './endpoint';

/** Uploads the photos of an item, or of all items; nothing is paid for it. */
const uploadItem: Operation<ImageReference[] | undefined> = {
	pays: false,
	prepare(exchange) {
		if (takesAllItems(exchange) && exchange.itemIndex > 0) return undefined;
		const found = findImageFields(exchange, exchange.declared.options.body as IDataObject, [photosToUpload]);
		return found.flatMap(({ references }) => references);
	},
	async perform(exchange, references) {
		// With the photos of all items together, the first item stands for all.
		if (!references) return [];
		return [{ json: { paths: await uploadPhotos(exchange, references) }, pairedItem: pairing(exchange.context, exchange.itemIndex, takesAllItems(exchange)) }];
	},
};

export const upload = operation(endpoint, {
	name: 'Upload',
	value: 'upload',
	action: 'Upload photos',
	description: 'Upload photos and return their paths, for User Model: Create',
	request: { method: 'POST', url: endpoint.path },
	run: uploadItem,
	properties: [photos('Separated by commas or new lines. * takes all pictures of the item.'), imagesFrom],
});
