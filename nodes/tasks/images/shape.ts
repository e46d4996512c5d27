import type { TaskImage } from '../model/task';

/** How far the shape of a result may be from the ordered one before it is said. */
const MOST_DEVIATION = 0.02;

/**
 * What to say of downloaded images whose shape is not the ordered one, given as in `16:9`. Images
 * of unknown size are not judged.
 */
export function otherShapes(images: TaskImage[], aspectRatio?: string): string[] {
	if (aspectRatio === undefined) return [];
	const [across = 0, down = 0] = aspectRatio.split(':').map(Number);
	return images.flatMap(({ index, width, height }) => {
		if (!width || !height || !across || !down) return [];
		const deviation = (width * down) / (height * across) - 1;
		if (Math.abs(deviation) <= MOST_DEVIATION) return [];
		return [
			`Image ${index + 1} has ${width} × ${height} pixels, which is not ${aspectRatio}: it is ${percent(deviation)} too ${deviation > 0 ? 'wide' : 'narrow'}.`,
		];
	});
}

function percent(deviation: number): string {
	return `${Math.round(Math.abs(deviation) * 1_000) / 10} %`;
}
