import { isEmpty, naming, nonEmptyText, type BodyRule, type Refusal } from '../tasks';
import { field, type Field } from './fields';

/** What some models of an endpoint can do, and others cannot. */
export type Ability = '4k' | 'elements' | 'fidelity' | 'reference' | 'series';

/** A model (docs/services/kling.md, Models). */
export interface Model {
	/** Its name in the API. */
	name: string;
	label: string;
	/** The resources that offer it, by their stored values, with what it can do there. */
	offeredBy: Record<string, Ability[]>;
	/** The day from which the service may refuse it, such as 2026-09-15. */
	retires?: string;
}

/** All models, the preset one of each resource before its others, and retired ones last. */
export const MODELS: Model[] = [
	{ name: 'kling-v3', label: 'Kling V3', offeredBy: { imageGeneration: ['elements'] } },
	{ name: 'kling-v3-omni', label: 'Kling V3 Omni', offeredBy: { omniImage: ['4k', 'elements', 'series'] } },
	{ name: 'kling-image-o1', label: 'Kling Image O1', offeredBy: { omniImage: ['elements'] } },
	{
		name: 'kling-v2-1',
		label: 'Kling V2.1',
		offeredBy: { imageGeneration: ['fidelity', 'reference'], multiImageToImage: [] },
	},
	{ name: 'kling-v2', label: 'Kling V2', offeredBy: { multiImageToImage: [] }, retires: '2026-09-15' },
];

/** The models that a resource offers. */
export function modelsOf(resource: string): Model[] {
	return MODELS.filter(({ offeredBy }) => offeredBy[resource] !== undefined);
}

/** The parameter Model of a resource; it is always sent, because what the service takes without it has changed before. */
export function modelName(resource: string): Field {
	const models = modelsOf(resource);
	const preset = models[0]?.name ?? '';
	return field(
		{
			displayName: 'Model',
			name: 'modelName',
			type: 'options',
			options: models.map(({ name, label, retires }) =>
				retires === undefined
					? { name: label, value: name }
					: {
							name: `${label} (Retired)`,
							value: name,
							description: `Announced to retire on ${retires}; may be refused`,
						},
			),
			default: preset,
			description: 'The model to use. Another name can be given by an expression.',
		},
		'model_name',
		nonEmptyText('the name of a model'),
	);
}

/** What of a request asks for an ability. */
export interface Asking {
	field: string;
	label: string;
	/** The values that ask for it; all of them by default. */
	values?: string[];
}

/**
 * Refuses a field, or some values of it, with models of the resource that cannot do it. What other models can do is not
 * known here: they pass.
 */
export function only(resource: string, ability: Ability, { field: name, label, values }: Asking): BodyRule {
	return (body) => {
		const value = body[name];
		const models = modelsOf(resource);
		const model = models.find((one) => one.name === body.model_name);
		if (isEmpty(value) || (values && !values.includes(String(value)))) return undefined;
		if (!model || model.offeredBy[resource]?.includes(ability)) return undefined;
		const able = models
			.filter(({ offeredBy }) => offeredBy[resource]?.includes(ability))
			.map(({ label: other }) => other);
		return {
			message: values
				? naming(value, (shown) => `${label} ${shown} does not work with the model ${model.label}`)
				: `${label} does not work with the model ${model.label}`,
			hint: `Choose ${able.join(' or ')} as Model, or change ${label}. Nothing was sent.`,
		};
	};
}

/** Words by which the service refuses a model (docs/services/kling.md, Models). */
const GONE = ['discontinued', 'no longer available', 'not found', 'not exist', 'not support'];

/** What to change when the service refuses a model of the resource; undefined for every other refusal. */
export function adviceOnModel(resource: string, { code, reason, meaning }: Refusal): string | undefined {
	const text = reason.toLowerCase();
	const isAboutModel = meaning === undefined && text.includes('model') && GONE.some((words) => text.includes(words));
	const current = modelsOf(resource).filter(({ retires }) => retires === undefined);
	if (current.length === 0 || (code !== 1203 && !isAboutModel)) return undefined;
	const names = current.map(({ name }) => name).join(', ');
	return `Choose a current model (${names}), or check a custom base URL.`;
}
