import type { ILoadOptionsFunctions, INodeListSearchResult } from 'n8n-workflow';

import type { ItemContext } from '../item/context';
import { hookItem } from './hook';

/** A node's method behind a searchable list. */
type ListSearch = (this: ILoadOptionsFunctions, filter?: string) => Promise<INodeListSearchResult>;

/** Makes a list search of what is to be listed for a filter. Its requests are limited and read as those of a run are. */
export function listSearch(work: (item: ItemContext, filter: string) => Promise<INodeListSearchResult>): ListSearch {
	return async function (filter = '') {
		return await work(hookItem(this), filter);
	};
}
