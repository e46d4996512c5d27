import type { Fields } from '../http/fields';
import { invalid } from './errors';
import { requiredImage, type ElementText, type ImageText } from './resource';
import type { KlingSettings } from './settings';

/** What becomes of a create that breaks a rule: refused now, failed later, or as if the field were not there. */
export type Verdict = 'refuse' | 'failTask' | 'ignore' | 'allow' | 'fallback';

/** Collects why a task must fail. */
export class Flaws {
	/** Of several the first counts. */
	constructor(public first?: string) {}

	/** A rule is broken; throws the refusal if it is to be refused. */
	add(verdict: Verdict, message: string): void {
		if (verdict === 'refuse') throw invalid(message);
		if (verdict === 'failTask') this.first ??= message;
	}
}

/** Greatest number of images and elements together (docs/services/kling.md, Omni Image). */
const most = 10;

/** `element_list`. */
export function readElements(fields: Fields, settings: KlingSettings): ElementText[] {
	const asText = settings.elementIdAsString === 'accept';
	return listed(fields, 'element_list', 'element_id', settings).map((entry) => ({
		field: entry.named('element_id'),
		id: entry.requiredDigits('element_id', asText),
	}));
}

/** `image_list`. */
export function readImages(fields: Fields, settings: KlingSettings): ImageText[] {
	return listed(fields, 'image_list', 'image', settings).map((entry) => requiredImage(entry, 'image'));
}

/** Looks at the number of images and elements. */
export function checkReferences(count: number, flaws: Flaws, { tooManyReferences }: KlingSettings): void {
	if (count > most) flaws.add(tooManyReferences, `The total number of images and elements must not exceed ${most}`);
}

/** Looks for numbers in a prompt that name nothing: `<<<image_3>>>` (docs/services/kling.md, Omni Image). */
export function checkPrompt(
	prompt: string,
	{ images, elements }: { images: number; elements: number },
	flaws: Flaws,
	{ danglingReference }: KlingSettings,
): void {
	for (const [reference, kind, number] of prompt.matchAll(/<<<?(image|element|object)_(\d{1,9})>>>?/g)) {
		const count = kind === 'image' ? images : elements;
		if (Number(number) < 1 || Number(number) > count) {
			flaws.add(danglingReference, `prompt refers to ${reference}, which does not exist`);
		}
	}
}

function listed(fields: Fields, name: string, entry: string, { emptyList }: KlingSettings): Fields[] {
	const entries = fields.optionalList(name, Infinity, [entry]);
	if (entries?.length === 0 && emptyList === 'refuse') throw invalid(`${name} cannot be empty`);
	return entries ?? [];
}
