import type { IBinaryData } from 'n8n-workflow';

/** Where an image is, found but not loaded: finding is cheap, so mistakes show before anything is loaded. */
export type ImageReference =
	| { kind: 'url'; url: string }
	| { kind: 'base64'; base64: string }
	| { kind: 'path'; path: string }
	| {
			kind: 'binary';
			name: string;
			binary: IBinaryData;
			/** Of another item or node. */
			isForeign?: boolean;
	  };

/** A user's image input that cannot be used: what is wrong, and what to change. */
export class ImageProblem {
	constructor(
		readonly message: string,
		readonly hint: string,
	) {}
}

/** What an image input takes. */
export const IMAGE_INPUT_HINT =
	'Enter an image URL, the name of a binary field of the item, a data URI, or base64 of the image; by expression also a file such as {{ $binary.data }}.';
