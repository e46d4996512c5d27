import sharp from 'sharp';
import { describe, expect, it } from 'vitest';

import { imageTypeOf, SIGNATURE_BYTES } from '../../../../nodes/tasks/images/formats';

const image = sharp({ create: { width: 16, height: 16, channels: 3, background: '#a06' } });

describe('tells real files by their first bytes', () => {
	it.each([
		['png', 'image/png', 'png'],
		['jpeg', 'image/jpeg', 'jpg'],
		['webp', 'image/webp', 'webp'],
		['gif', 'image/gif', 'gif'],
		['avif', 'image/avif', 'avif'],
	] as const)('%s', async (format, mime, extension) => {
		const file = await image.clone().toFormat(format).toBuffer();
		expect(imageTypeOf(file)).toEqual({ mime, extension });
		expect(imageTypeOf(file.subarray(0, SIGNATURE_BYTES))).toEqual({ mime, extension });
	});

	it.each([
		['HEIC', Buffer.from('\0\0\0\x18ftypheic', 'latin1'), 'image/heic'],
		['AVIF sequence', Buffer.from('\0\0\0\x18ftypavis', 'latin1'), 'image/avif'],
	])('%s', (_, head, mime) => {
		expect(imageTypeOf(head)?.mime).toBe(mime);
	});
});

describe('takes for an image nothing else, whatever it is called', () => {
	it.each([
		['nothing', Buffer.alloc(0)],
		['zeros', Buffer.alloc(40)],
		['a web page', Buffer.from('<!doctype html><title>404</title>')],
		['an error in JSON', Buffer.from('{"code":1201,"message":"no"}')],
		['a PDF', Buffer.from('%PDF-1.7 and more')],
		['a sound in a RIFF', Buffer.from('RIFF....WAVEfmt ')],
		['a film', Buffer.from('\0\0\0\x18ftypisom....', 'latin1')],
		['a text that starts with BM', Buffer.from('BMW is a maker of cars')],
		['a BMP', Buffer.from('BM\x46\0\0\0\0\0\0\0\x36\0', 'latin1')],
		['a TIFF', Buffer.from('II*\0\x08\0\0\0\0\0\0\0', 'latin1')],
		['a big-endian TIFF', Buffer.from('MM\0*\0\0\0\0\0\0\0\0', 'latin1')],
		['half a PNG signature', Buffer.from('\x89PNG', 'latin1')],
	])('%s', (_, bytes) => {
		expect(imageTypeOf(bytes)).toBeUndefined();
	});
});
