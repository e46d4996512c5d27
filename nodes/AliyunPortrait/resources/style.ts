import {
	asRecord,
	limitProperties,
	operation,
	optionsOf,
	readLimit,
	textIn,
	type NodeResource,
	type Operation,
} from '../../tasks';
import { holds, listStyles, STYLES_REQUEST } from '../styles';

interface Filter {
	limit: number;
	sex: string;
	name: string;
}

/** The service has neither pages nor filters, so both are made here. */
const getStyles: Operation<Filter> = {
	prepare(item) {
		const options = asRecord(item.parameter('options', {}));
		return {
			limit: readLimit(item),
			sex: textIn(item, 'Sex', options.sex).trim(),
			name: textIn(item, 'Name', options.name).trim(),
		};
	},
	async perform(item, { limit, sex, name }) {
		const styles = (await listStyles(item)).map(({ style }) => style);
		return styles
			.filter((style) => holds(style.name, name) && (sex === '' || style.sex === sex))
			.slice(0, limit)
			.map((json) => ({ json, pairedItem: { item: item.itemIndex } }));
	},
};

export const style: NodeResource = {
	value: 'style',
	option: { name: 'Style', value: 'style', description: 'How a portrait may look' },
	operations: [
		operation('style', {
			name: 'Get Many',
			value: 'getAll',
			action: 'Get many styles',
			description: 'List the styles with their preview images',
			request: STYLES_REQUEST,
			run: getStyles,
			properties: [
				...limitProperties(8),
				optionsOf([
					{
						displayName: 'Name',
						name: 'name',
						type: 'string',
						default: '',
						description: 'Only styles whose name holds this text',
					},
					{
						displayName: 'Sex',
						name: 'sex',
						type: 'string',
						default: '',
						description: 'Only styles for this sex, written as the field sex of a style has it',
					},
				]),
			],
		}),
	],
};
