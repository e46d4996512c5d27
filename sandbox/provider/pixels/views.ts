import { containIn } from './geometry';
import { fromRaw, openUpright, rawInput, toRaw, type Raw } from './raw';

/** How many views one frontal picture gives. */
export const viewCount = 3;

/** Left, right and back view of a frontal picture, each of its size: sheared to a side, or reversed and darkened. */
export async function view(file: Buffer, number: number): Promise<Raw> {
	const front = await openUpright(file);
	const backdrop = await toRaw(
		fromRaw(front).resize(16, 16, { fit: 'fill' }).blur(4).resize(front.width, front.height, { fit: 'fill' }),
	);
	const turned = await toRaw(turn(front, number));
	const place = containIn({ left: 0, top: 0, width: front.width, height: front.height }, turned);
	const fitted = await toRaw(fromRaw(turned).resize(place.width, place.height, { fit: 'fill' }));
	return await toRaw(
		fromRaw(backdrop)
			.composite([{ input: fitted.data, ...rawInput(fitted), left: place.left, top: place.top }])
			.removeAlpha(),
	);
}

function turn(front: Raw, number: number) {
	const clear = { r: 0, g: 0, b: 0, alpha: 0 };
	const picture = fromRaw(front).ensureAlpha();
	if (number === 0) return picture.affine([0.8, 0, 0.18, 1], { background: clear });
	if (number === 1) return picture.affine([0.8, 0, -0.18, 1], { background: clear });
	return picture.flop().modulate({ brightness: 0.55, saturation: 0.6 });
}
