import { openUpright } from '../../pixels/raw';
import { elementIdOf, elementResource, frontField, type ElementWishes } from '../elements';
import { readCommon, requiredImage, type Order, type ResultView } from '../resource';
import { taskEndpoints } from '../task-endpoints';

const tags = ['o_101', 'o_102', 'o_103', 'o_104', 'o_105', 'o_106', 'o_107', 'o_108'];
const referenceType = 'image_refer';
/** Who made it. */
const owner = '1203456';

/** A subject made of pictures, for use in other endpoints (docs/services/kling.md, Elements). */
export const advancedCustomElements = taskEndpoints<ElementWishes>({
	name: elementResource,
	path: '/v1/general/advanced-custom-elements',
	fields: [
		'element_name',
		'element_description',
		'reference_type',
		'element_image_list',
		'element_video_list',
		'element_voice_id',
		'tag_list',
	],
	price: () => ({ units: 0, product: 'Element', model: '', resolution: '' }),
	read(fields, { elementIdDigits, elementSlots }) {
		const name = fields.requiredText('element_name', 20);
		const description = fields.requiredText('element_description', 100);
		fields.choice('reference_type', [referenceType], '');
		fields.optionalObject('element_video_list', ['refer_videos']);
		fields.text('element_voice_id');
		const pictures = fields.requiredObject('element_image_list', ['frontal_image', 'refer_images']);
		const front = requiredImage(pictures, 'frontal_image');
		const others = pictures
			.requiredList('refer_images', 1, 3, ['image_url'])
			.map((entry) => requiredImage(entry, 'image_url'));
		return {
			...readCommon(fields),
			images: [front, ...others],
			prompt: '',
			n: 0,
			slots: elementSlots,
			wishes: {
				name,
				description,
				idDigits: elementIdDigits,
				tags: (fields.optionalList('tag_list', tags.length, ['tag_id']) ?? []).map((tag) =>
					tag.choice('tag_id', tags, ''),
				),
				others: others.map(({ field }) => field),
			},
		};
	},
	shown: (order, view) =>
		view.told && view.settings.callbackElements === 'absent' ? {} : { elements: [shown(order, view)] },
	drawing({ wishes: { others } }, name) {
		const field = name === 'front' ? frontField : others[Number(/^other-(\d)$/.exec(name)?.[1] ?? 0) - 1];
		return field === undefined ? undefined : async (read) => await openUpright(await read(field));
	},
});

function shown({ wishes }: Order<ElementWishes>, { taskId, urlOf }: ResultView): object {
	const { name, description, idDigits, tags, others } = wishes;
	return {
		element_id: elementIdOf(taskId, idDigits),
		element_name: name,
		element_description: description,
		reference_type: referenceType,
		element_image_list: {
			frontal_image: urlOf('front'),
			refer_images: others.map((_, position) => ({ image_url: urlOf(`other-${position + 1}`) })),
		},
		element_video_list: {},
		element_voice_info: {},
		tag_list: tags.map((tag_id) => ({ tag_id })),
		owned_by: owner,
		status: 'succeed',
	};
}
