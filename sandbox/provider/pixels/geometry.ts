/** Pixels. */
export interface Size {
	width: number;
	height: number;
}

/** Pixels, from the top left corner. */
export interface Rect extends Size {
	left: number;
	top: number;
}

/** The greatest picture of the content's proportions that fits the frame, centred in it. */
export function containIn(frame: Rect, content: Size): Rect {
	const scale = Math.min(frame.width / content.width, frame.height / content.height);
	const width = Math.max(1, Math.round(content.width * scale));
	const height = Math.max(1, Math.round(content.height * scale));
	return {
		left: frame.left + Math.round((frame.width - width) / 2),
		top: frame.top + Math.round((frame.height - height) / 2),
		width,
		height,
	};
}

/** The rectangle grown by a margin on every side. */
export function grown({ left, top, width, height }: Rect, margin: number): Rect {
	return { left: left - margin, top: top - margin, width: width + 2 * margin, height: height + 2 * margin };
}
