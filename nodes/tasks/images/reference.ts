import type { IBinaryData } from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import { inputError, type InputFacts, type TaskError } from '../model/errors';
import { capitalized, holding, naming, quote } from '../util/text';

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
		private readonly headline = (label: string) => about(label, message),
		/** What else is known of it: what the server of a link answered, or what n8n's storage says. */
		readonly known: InputFacts = {},
	) {}

	/** About a value, which the message repeats; `text` gets it as it is shown. */
	static of(value: unknown, text: (shown: string) => string, hint: string): ImageProblem {
		const headline = (label: string) => naming(value, (shown) => about(label, text(shown)));
		return new ImageProblem(text(quote(value)), hint, headline);
	}

	/** About something of any length, such as names of fields. */
	static holding(part: string, text: (part: string) => string, hint: string): ImageProblem {
		return new ImageProblem(text(part), hint, (label) => holding(part, (cut) => about(label, text(cut))));
	}

	/** What is wrong with what a link leads to: a clause that tells enough by itself. */
	static atLink(problem: string, hint: string, httpStatus?: number): ImageProblem {
		return new ImageProblem(problem, hint, (label) => `${capitalized(problem)} (${label})`, { httpStatus });
	}

	/** The error for a field of an item. */
	errorFor({ node, itemIndex }: ItemContext, label: string): TaskError {
		return inputError(node, itemIndex, this.headline(label), this.hint, this.known);
	}
}

/** As in "Image is empty", and `Image: "a" is not a whole URL`. */
function about(label: string, problem: string): string {
	return `${label}${/^(?:is|cannot) /.test(problem) ? '' : ':'} ${problem}`;
}

/** What an image input takes. */
export const IMAGE_INPUT_HINT =
	'Enter an image URL, the name of a binary field of the item, a data URI, or base64 of the image; by expression also a file such as {{ $binary.data }}.';
