import type { IDataObject } from 'n8n-workflow';

import { asText, isEmpty, quote, type Price } from '../tasks';
import { slotsByImages } from './api';

/** Kling's price list for images (docs/services/kling.md, Prices): when it was read, and what a unit costs. */
export const PRICE_LIST = { checked: '2026-09-20', dollarsPerUnit: 0.0035 };

/** What one image, or one call, costs in units of an image pack. */
export interface PriceRow {
	/** Left out where the request names no model. */
	model?: string;
	/** Whether the request has an input image; left out where that makes no difference. */
	withImage?: boolean;
	/** Left out where the request has no resolution. */
	resolutions?: string[];
	units: number;
}

/** The prices of a resource. */
export interface KlingPrice {
	per: 'image' | 'call';
	rows: PriceRow[];
	/** Most images that a request makes; its `n` where this is left out. */
	images?(body: IDataObject): number;
}

/** A resource's prices, as the engine asks for them and as the tables in the documents show them. */
export interface ListedPrice extends Price, Pick<KlingPrice, 'per' | 'rows'> {}

/** The resolution that Kling takes where none is sent. */
const USUAL_RESOLUTION = '1k';

/** What a task of a resource costs. */
export function priceOf({ per, rows, images = slotsByImages }: KlingPrice): ListedPrice {
	const units = rows.map((row) => row.units);
	return {
		checked: PRICE_LIST.checked,
		range: { least: Math.min(...units), most: Math.max(...units), per: per === 'image' ? 'an image' : 'a call' },
		per,
		rows,
		units(body) {
			const row = rows.find((one) => fits(one, body));
			if (!row) return { unknown: unknownIn(rows, body) };
			return row.units * (per === 'image' ? images(body) : 1);
		},
	};
}

function fits({ model, withImage, resolutions }: PriceRow, body: IDataObject): boolean {
	return (
		(model === undefined || model === body.model_name) &&
		(withImage === undefined || withImage === !isEmpty(body.image)) &&
		(resolutions === undefined || resolutions.includes(resolutionIn(body)))
	);
}

function resolutionIn({ resolution }: IDataObject): string {
	return asText(resolution) ?? USUAL_RESOLUTION;
}

/** What the list says nothing of, to follow "no list price is known for …". */
function unknownIn(rows: PriceRow[], body: IDataObject): string {
	const model = `the model ${quote(body.model_name)}`;
	const isKnown = rows.some((row) => row.model === undefined || row.model === body.model_name);
	return isKnown ? `${model} with the resolution ${quote(resolutionIn(body))}` : model;
}
