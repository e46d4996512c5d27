import sharp from 'sharp';

const pictures = new Map<string, Promise<Buffer>>();

/** A picture in which no two neighbouring pixels are alike, so that a shift by one shows. */
export async function picture(width: number, height: number, format: 'png' | 'jpeg' | 'webp' = 'png'): Promise<Buffer> {
	const name = `${width}x${height}.${format}`;
	if (!pictures.has(name)) {
		const data = Buffer.alloc(width * height * 3);
		for (let at = 0; at < data.length; at++) data[at] = (at * 7 + Math.floor(at / (width * 3)) * 13) % 251;
		pictures.set(
			name,
			sharp(data, { raw: { width, height, channels: 3 } })
				.toFormat(format)
				.toBuffer(),
		);
	}
	return await pictures.get(name)!;
}

export async function base64(width = 320, height = 300, format: 'png' | 'jpeg' | 'webp' = 'png'): Promise<string> {
	return (await picture(width, height, format)).toString('base64');
}
