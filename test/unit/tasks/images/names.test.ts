/** Names of images for somebody else's disk. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { imageTypeOf } from '../../../../nodes/tasks/images/formats';
import { imageName, safeName } from '../../../../nodes/tasks/images/names';

const jpeg = imageTypeOf(Buffer.from('\xff\xd8\xff', 'latin1'))!;
const png = imageTypeOf(Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'))!;

describe('an image gets a name that ends as its bytes say', () => {
	it.each([
		['photo', 'photo.jpg'],
		['IMG_0001.HEIC', 'IMG_0001.jpg'],
		['IMG_0001.heif', 'IMG_0001.jpg'],
		['me.jpeg', 'me.jpg'],
		['me.JPG', 'me.jpg'],
		['me.jfif', 'me.jpg'],
		['me.jpg.heic', 'me.jpg'],
		['me.txt', 'me.txt.jpg'],
		['图片 1.jpg', '图片_1.jpg'],
		['照片.png', '照片.jpg'],
		['übergröße (2).png', 'übergröße_2.jpg'],
		['صورة.png', 'صورة.jpg'],
		['नमस्ते.jpg', 'नमस्ते.jpg'],
		['a/b.jpg', 'a_b.jpg'],
		['C:\\photos\\me.jpg', 'C_photos_me.jpg'],
		['../../etc/me.jpg', 'etc_me.jpg'],
		['a..b.jpg', 'a.b.jpg'],
		['a "quoted" one.jpg', 'a_quoted_one.jpg'],
		["it's; name=x.jpg", 'it_s_name_x.jpg'],
		['line\r\nX-Evil: 1.jpg', 'line_X-Evil_1.jpg'],
		['a\0b\u2028c\u202egpj.exe', 'a_b_c_gpj.exe.jpg'],
		['ends with a backslash\\', 'ends_with_a_backslash.jpg'],
		['me.jpg?width=3', 'me.jpg_width_3.jpg'],
		['100%.jpg', '100.jpg'],
		['-rf.jpg', 'rf.jpg'],
		['.htaccess', 'htaccess.jpg'],
		['été 😀.jpg', 'été.jpg'],
		['', 'photo_1.jpg'],
		['..', 'photo_1.jpg'],
		['.jpg', 'photo_1.jpg'],
		[' \n ', 'photo_1.jpg'],
		['😀.jpg', 'photo_1.jpg'],
		['"".jpg', 'photo_1.jpg'],
		['x'.repeat(10_000), `${'x'.repeat(96)}.jpg`],
		[`${'照'.repeat(300)}.png`, `${'照'.repeat(65)}.jpg`],
	])('%j', (text, name) => {
		expect(imageName(text, jpeg, 'photo_1')).toBe(name);
	});

	it('x.webp that holds a PNG', () => {
		expect(imageName('x.webp', png, 'photo_1')).toBe('x.png');
	});

	it('from any text: letters, digits and three signs, one ending, short enough for every disk', () => {
		fc.assert(
			fc.property(fc.oneof(fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary', maxLength: 400 })), (text) => {
				const name = imageName(text, png, 'photo_7');
				expect(name).toMatch(/^[\p{L}\p{M}\p{N}][\p{L}\p{M}\p{N}._-]*\.png$/u);
				expect(name).not.toContain('..');
				expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
				expect(imageName(name, png, 'photo_7')).toBe(name);
			}),
			{ numRuns: 2_000 },
		);
	});
});

it('a name in a message or a form has no line end and no path, and fits on every disk', () => {
	expect(safeName('a/b\r\nc.jpg')).toBe('a_b c.jpg');
	expect(Buffer.byteLength(safeName(`${'𠀀'.repeat(300)}.jpeg`))).toBeLessThanOrEqual(200);
});
