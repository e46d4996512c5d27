import { asRecord, isEmpty, textUpTo, type Rule } from '../../tasks';
import { field, image, imageList } from '../fields';
import { klingResource } from '../resource';

/** In characters (docs/services/kling.md, Elements). */
const LONGEST_NAME = 20;
const LONGEST_DESCRIPTION = 100;

/** A text that must be there, of so many characters at most. */
function neededText(most: number): Rule {
	const text = textUpTo(most);
	return {
		...text,
		problem: (value) => (isEmpty(value) ? `must be a text of at most ${most} characters` : text.problem(value)),
	};
}

/** AI Multi-Shot may give several sets of views: an element is made of the first one. What is in no set counts too. */
function firstSet(entries: unknown[]): unknown[] {
	const setOf = (entry: unknown) => Number(asRecord(entry).set ?? Number.NaN);
	const first = entries.map(setOf).reduce((least, set) => (set < least ? set : least), Infinity);
	return entries.filter((entry) => !(setOf(entry) > first));
}

export const element = klingResource({
	value: 'element',
	name: 'Element',
	description: 'Make a subject that Image Generation and Omni Image can show again and again',
	noun: 'an element',
	path: '/v1/general/advanced-custom-elements',
	price: { per: 'call', rows: [{ units: 0 }] },
	result: { product: 'the element', isTold: ({ elementId }) => elementId !== undefined },
	create: {
		action: 'Create an element of a subject',
		callbackAction: 'Create an element, wait for callback',
		description:
			'Make a reusable subject from a front image and one to three further views. Its elementId goes into Element IDs of Image Generation or Omni Image.',
		constants: { reference_type: 'image_refer' },
		fields: [
			image(
				{
					displayName: 'Frontal Image',
					name: 'frontalImage',
					default: 'data',
					description: 'Front view of the subject, with a ratio between 1:2.5 and 2.5:1',
				},
				'element_image_list.frontal_image',
			),
			imageList(
				{
					displayName: 'Reference Images',
					name: 'referImages',
					default: '={{ $json.images }}',
					description:
						'One to three further views of the same subject, separated by commas or new lines. The default takes those of the item; of images in sets, as AI Multi-Shot gives them, the first set.',
				},
				'element_image_list.refer_images',
				{ most: 3, pick: firstSet, element: (one) => ({ image_url: one }) },
			),
			field(
				{
					displayName: 'Element Name',
					name: 'elementName',
					type: 'string',
					required: true,
					default: '',
					placeholder: 'e.g. Blue kettle',
					description: 'Name of the subject, at most 20 characters',
				},
				'element_name',
				neededText(LONGEST_NAME),
			),
			field(
				{
					displayName: 'Element Description',
					name: 'elementDescription',
					type: 'string',
					required: true,
					default: '',
					placeholder: 'e.g. Enamel kettle, dark blue, wooden handle',
					description: 'What the subject looks like, at most 100 characters',
				},
				'element_description',
				neededText(LONGEST_DESCRIPTION),
			),
		],
	},
});
