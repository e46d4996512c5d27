import type { IDataObject, INodeExecutionData, INodeListSearchResult } from 'n8n-workflow';

import {
	accountMark,
	asRecord,
	asText,
	listSearch,
	outcomeError,
	read,
	SeenIds,
	taskError,
	withoutUndefined,
	type ItemContext,
	type Poll,
} from '../tasks';
import { aliyunPortrait } from './api';

/** The style query (docs/services/aliyun-portrait.md, Styles). It takes no parameters and has no pages. */
export const STYLES_REQUEST = { method: 'GET', url: '/cloud/aigc_product_brief_query' } as const;

/** A style as the nodes hand it on. */
export interface Style extends IDataObject {
	styleId: string;
	name?: string;
	sex?: string;
	/** Address of the preview image. */
	templateUrl?: string;
}

/** A style of the list. */
export interface ListedStyle {
	style: Style;
	/** The element as received. */
	raw: IDataObject;
}

/** The styles that the service offers, in its order; throws a TaskError. `deadline` in ms since the epoch. */
export async function listStyles(item: ItemContext, deadline?: number): Promise<ListedStyle[]> {
	const outcome = await read(item, aliyunPortrait, STYLES_REQUEST, deadline);
	const styles = 'verdict' in outcome && outcome.verdict.ok ? readStyles(outcome.verdict.data) : undefined;
	if (styles) return styles;
	throw await outcomeError(item, { service: aliyunPortrait }, outcome, {
		taskState: 'not-created',
		what: 'to list the styles',
	});
}

/** The styles in an answer's payload, where what has no ID does not count; undefined when the payload is no list. */
export function readStyles(data: unknown): ListedStyle[] | undefined {
	if (!Array.isArray(data)) return undefined;
	return data.map(asRecord).flatMap((raw) => {
		const styleId = asText(raw.style);
		if (styleId === undefined) return [];
		const { name, sex, template } = raw;
		const style = { styleId, name: asText(name), sex: asText(sex), templateUrl: asText(template) };
		return [{ style: withoutUndefined<Style>(style), raw: raw as IDataObject }];
	});
}

/** Whether a text holds another one, in any case of letters; every text holds an empty one. */
export function holds(text: string | undefined, part: string): boolean {
	return (text ?? '').toLowerCase().includes(part.trim().toLowerCase());
}

/**
 * The trigger's event New Style: styles that were not in the list before. Styles that have gone stay known, so that one
 * that comes back, or a list that was incomplete once, starts nothing.
 */
export async function newStyles(poll: Poll, simplify: boolean): Promise<INodeExecutionData[][] | null> {
	const styles = await listStyles(poll.item, poll.deadline);
	const toItem = ({ style, raw }: ListedStyle): INodeExecutionData => ({ json: simplify ? style : raw });
	if (poll.isManual) {
		const last = styles.at(-1);
		if (last) return [[toItem(last)]];
		throw noStyles(poll);
	}
	const memory = poll.memory();
	const account = await accountMark(poll.item, aliyunPortrait);
	const stored = asRecord(memory.styles);
	const known = new SeenIds(stored.seen);
	// Another account may be at another service; one that has a known style is at the same.
	const isFirst = stored.account !== account && !styles.some(({ style }) => known.has(style.styleId));
	const seen = isFirst ? new SeenIds() : known;
	const fresh = styles.filter(({ style }) => {
		const isNew = !seen.has(style.styleId);
		seen.add(style.styleId);
		return isNew;
	});
	// An empty list is no baseline: with the next one, every style would be new.
	if (styles.length > 0) memory.styles = { account, seen: seen.toJson() };
	return isFirst || fresh.length === 0 ? null : [fresh.map(toItem)];
}

function noStyles({ item }: Poll) {
	return taskError(item.node, {
		headline: 'The service lists no styles',
		hint: 'Check the base URL of the credential and the subscription of the API.',
		itemIndex: 0,
		taskState: 'not-created',
		retryable: true,
	});
}

/** The searchable list behind the field Style: one try, since somebody waits for it. n8n shows under it what is thrown. */
export const searchStyles = listSearch(async (item, filter): Promise<INodeListSearchResult> => {
	const styles = await listStyles(item, item.clock.now());
	const found = styles.filter(({ style: { name, styleId } }) => holds(`${name ?? ''} ${styleId}`, filter));
	return {
		results: found.map(({ style: { styleId, name, sex, templateUrl } }) => ({
			name: [name ?? styleId, sex && `(${sex})`].filter(Boolean).join(' '),
			value: styleId,
			url: templateUrl,
		})),
	};
});
