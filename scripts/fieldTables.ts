/** What the pages of the nodes say about each field, read from the built descriptions. */
import type { INodeProperties, INodePropertyOptions, INodeTypeDescription } from 'n8n-workflow';

/** A field as the editor shows it in one operation. */
export interface Field {
	name: string;
	label: string;
	/** True in the collection Options. */
	isOption: boolean;
	/** As the editor shows it. */
	default: string;
	description: string;
	/** Labels of the values to choose from. */
	choices: string[];
	/** What must be set for the field to be shown: labels of a field and of its values. */
	shownFor: Array<[label: string, values: string[]]>;
}

/** The field with the same text everywhere is one field. */
export const sameField = (one: Field) => (other: Field) => textOf(one) === textOf(other);

const textOf = ({ name, label, isOption, default: value, description, choices, shownFor }: Field) =>
	JSON.stringify([name, label, isOption, value, description, choices, shownFor]);

/** The fields of one operation; of a trigger, when neither is given. Fields that only agents get are left out. */
export function fieldsOf({ properties }: INodeTypeDescription, resource?: string, operation?: string): Field[] {
	const isOurs = ({ name, type, displayOptions: { show = {} } = {} }: INodeProperties) =>
		!(resource !== undefined && ['resource', 'operation'].includes(name)) &&
		name !== 'requestOptions' &&
		type !== 'notice' &&
		!show['@tool']?.includes(true) &&
		(show.resource === undefined || resource === undefined || show.resource.includes(resource)) &&
		(show.operation === undefined || operation === undefined || show.operation.includes(operation));
	const own = properties.filter(isOurs);
	const options = own
		.filter(({ type }) => type === 'collection')
		.flatMap((collection) => (collection.options ?? []) as INodeProperties[]);
	const all = [...own.filter(({ type }) => type !== 'collection'), ...options.filter(isOurs)];
	return all.map((property) => fieldOf(property, options.includes(property), all));
}

function fieldOf(property: INodeProperties, isOption: boolean, all: INodeProperties[]): Field {
	const { name, displayName: label, description = '', hint = '', displayOptions: { show = {} } = {} } = property;
	const conditions = Object.entries(show).filter(
		([key]) => !['resource', 'operation'].includes(key) && !key.startsWith('@'),
	);
	return {
		name,
		label,
		isOption,
		default: defaultOf(property),
		description: [description, hint].filter(Boolean).map(sentence).join(' '),
		choices: choicesOf(property).map((choice) => choice.name),
		shownFor: conditions.map(([key, values = []]) => conditionOf(key, values as unknown[], all)),
	};
}

/** A condition in the words of the editor. */
function conditionOf(key: string, values: unknown[], all: INodeProperties[]): [string, string[]] {
	const name = key.replace(/^\/?(?:options\.)?/, '');
	const field = all.find((property) => property.name === name);
	const labelOf = (value: unknown) =>
		typeof value === 'boolean'
			? onOrOff(value)
			: (choicesOf(field).find((choice) => choice.value === value)?.name ?? String(value));
	return [field?.displayName ?? name, values.map(labelOf)];
}

function choicesOf(property?: INodeProperties): INodePropertyOptions[] {
	if (property?.type !== 'options' && property?.type !== 'multiOptions') return [];
	return (property.options ?? []) as INodePropertyOptions[];
}

function defaultOf(property: INodeProperties): string {
	const { default: value } = property;
	const labelOf = (one: unknown) => choicesOf(property).find((choice) => choice.value === one)?.name ?? String(one);
	if (typeof value === 'boolean') return onOrOff(value);
	if (Array.isArray(value)) return value.map(labelOf).join(', ');
	if (typeof value === 'object') return '';
	return choicesOf(property).length > 0 ? labelOf(value) : String(value ?? '').replace(/^=/, '');
}

const onOrOff = (value: boolean) => (value ? 'On' : 'Off');

const sentence = (text: string) => (/[.!?。]$/.test(text) ? text : `${text}.`);
