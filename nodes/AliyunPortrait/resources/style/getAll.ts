import { operation } from '../../../tasks/declare';
import { outcomeError, quote, refuseInput } from '../../../tasks/errors';
import { read } from '../../../tasks/exchange';
import { asRecord, asText } from '../../../tasks/json';
import { limitProperties } from '../../../tasks/listProperties';
import type { Operation } from '../../../tasks/operation';
import { optionsOf } from '../../../tasks/properties';
import type { TaskEndpoint } from '../../../tasks/provider';
import { aliyunPortrait } from '../../provider';
import { holds, readStyles, STYLES_PATH } from '../../styles';

const endpoint: TaskEndpoint = { provider: aliyunPortrait, resource: 'style', path: STYLES_PATH };

interface Filter {
	limit: number;
	sex: string;
	name: string;
}

/** The service has neither pages nor filters, so both are made here. */
const getStyles: Operation<Filter> = {
	pays: false,
	prepare(exchange) {
		const { context } = exchange;
		const options = asRecord(context.getNodeParameter('options', {}));
		const all = context.getNodeParameter('returnAll', false) === true;
		const limit = all ? Infinity : Number(context.getNodeParameter('limit', 50));
		if (!all && !(Number.isInteger(limit) && limit >= 1)) {
			refuseInput(exchange, `Limit is ${quote(context.getNodeParameter('limit', 50))}, but it must be a whole number from 1`, 'Change Limit.');
		}
		return { limit, sex: (asText(options.sex) ?? '').trim(), name: (asText(options.name) ?? '').trim() };
	},
	async perform(exchange, { limit, sex, name }) {
		const outcome = await read(exchange, { method: 'GET', url: STYLES_PATH });
		const styles = 'verdict' in outcome && outcome.verdict.ok ? readStyles(outcome.verdict.data) : undefined;
		if (!styles) throw outcomeError(exchange, outcome, { taskState: 'not-created', what: 'the styles' });
		return styles
			.filter((style) => holds(style.name, name) && (sex === '' || style.sex === sex))
			.slice(0, limit)
			.map((json) => ({ json, pairedItem: { item: exchange.itemIndex } }));
	},
};

export const getAll = operation(endpoint, {
	name: 'Get Many',
	value: 'getAll',
	action: 'Get many styles',
	description: 'List the styles with their preview pictures',
	request: { method: 'GET', url: STYLES_PATH },
	run: getStyles,
	properties: [
		...limitProperties,
		optionsOf([
			{
				displayName: 'Name',
				name: 'name',
				type: 'string',
				default: '',
				placeholder: 'e.g. 花',
				description: 'Only styles whose name holds this text',
			},
			{
				displayName: 'Sex',
				name: 'sex',
				type: 'string',
				default: '',
				placeholder: 'e.g. 女',
				description: 'Only styles for this sex, as the service writes it',
			},
		]),
	],
});
