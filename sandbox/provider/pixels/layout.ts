import type { Rect, Size } from './geometry';

/** Where things lie in a picture of several subjects. */
export interface Layout {
	canvas: Size;
	/** Width of the frame that a style image leaves, 0 without one. */
	frame: number;
	/** One cell for each subject, in the order of the request. */
	cells: Rect[];
}

/** The part of a create body that decides the layout. */
export interface LayoutRequest {
	aspect_ratio?: string;
	subject_image_list: readonly unknown[];
	style_image?: string;
}

const longSide = 1024;

/**
 * The layout for a create body with several subjects. Every subject lies whole and centred in its cell,
 * as `containIn(cell, subject)` says. The long side of the canvas is 1024 pixels.
 */
export function layoutOf({ aspect_ratio = '16:9', subject_image_list, style_image }: LayoutRequest): Layout {
	const [x = 16, y = 9] = aspect_ratio.split(':').map(Number);
	const canvas = {
		width: Math.round(longSide * Math.min(1, x / y)),
		height: Math.round(longSide * Math.min(1, y / x)),
	};
	const { columns, rows } = gridFor(subject_image_list.length, x / y);
	const gap = subject_image_list.length > 4 ? 20 : 40;
	const field = {
		left: Math.round(canvas.width * 0.08),
		top: Math.round(canvas.height * 0.14),
		width: Math.round(canvas.width * 0.84),
		height: Math.round(canvas.height * 0.72),
	};
	const width = Math.floor((field.width - gap * (columns - 1)) / columns);
	const height = Math.floor((field.height - gap * (rows - 1)) / rows);
	const cells = subject_image_list.map((_, position) => ({
		left: field.left + (position % columns) * (width + gap),
		top: field.top + Math.floor(position / columns) * (height + gap),
		width,
		height,
	}));
	return { canvas, frame: style_image ? 16 : 0, cells };
}

function gridFor(count: number, ratio: number): { columns: number; rows: number } {
	if (count === 4 && ratio > 0.6 && ratio < 1.6) return { columns: 2, rows: 2 };
	if (count > 4) {
		const columns = Math.min(count, Math.max(1, Math.round(Math.sqrt(count * ratio))));
		return { columns, rows: Math.ceil(count / columns) };
	}
	return ratio >= 1 ? { columns: count, rows: 1 } : { columns: 1, rows: count };
}
