import type { INodeProperties } from 'n8n-workflow';

import { optionsOf, simplify } from './properties';

/** How many results of a list. */
export const limitProperties: INodeProperties[] = [
	{
		displayName: 'Return All',
		name: 'returnAll',
		type: 'boolean',
		default: false,
		description: 'Whether to return all results or only up to a given limit',
	},
	{
		displayName: 'Limit',
		name: 'limit',
		type: 'number',
		typeOptions: { minValue: 1 },
		default: 50,
		displayOptions: { show: { returnAll: [false] } },
		description: 'Max number of results to return',
	},
];

/** Fields of a list. Which page sizes the API takes comes from the service. */
export function listProperties(limits: { maxPageSize: number; lastPage: number }): INodeProperties[] {
	return [
		...limitProperties,
		simplify,
		optionsOf([
			{
				displayName: 'Created After',
				name: 'createdAfter',
				type: 'dateTime',
				default: '',
				description: 'Only tasks created at this time or later',
			},
			{
				displayName: 'Created Before',
				name: 'createdBefore',
				type: 'dateTime',
				default: '',
				description: 'Only tasks created at this time or earlier',
			},
			{
				displayName: 'External Task ID Prefix',
				name: 'externalTaskIdPrefix',
				type: 'string',
				default: '',
				placeholder: 'e.g. n8n-',
				description: 'Only tasks whose external task ID starts like this',
			},
			{
				displayName: 'Page',
				name: 'page',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: limits.lastPage },
				default: 1,
				description: "Read only this page of the API's own numbering",
			},
			{
				displayName: 'Page Size',
				name: 'pageSize',
				type: 'number',
				typeOptions: { minValue: 1, maxValue: limits.maxPageSize },
				default: 30,
				description: 'Tasks asked for with one request',
			},
			{
				displayName: 'Status',
				name: 'status',
				type: 'multiOptions',
				options: [
					{ name: 'Failed', value: 'failed' },
					{ name: 'Processing', value: 'processing' },
					{ name: 'Submitted', value: 'submitted' },
					{ name: 'Succeeded', value: 'succeeded' },
				],
				default: [],
				description: 'Only tasks with one of these statuses',
			},
		]),
	];
}
