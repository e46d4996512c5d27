import { describe, expect, it } from 'vitest';

import type { ImageType } from '../../../../nodes/tasks/images/formats';
import { nameOfInput, resultName, resultStem } from '../../../../nodes/tasks/images/names';
import type { ImageReference } from '../../../../nodes/tasks/images/reference';

const png: ImageType = { mime: 'image/png', extension: 'png' };
const nameFor = (entered: string, taskId = '9308', suffix = '_1') =>
	resultName(resultStem(entered, taskId), suffix, png);
const file = (fileName?: string): ImageReference => ({
	kind: 'binary',
	name: 'data',
	binary: { data: '', mimeType: 'image/png', fileName },
});
const url = (address: string): ImageReference => ({ kind: 'url', url: address });
const path = (address: string): ImageReference => ({ kind: 'path', path: address });

describe('the name of an input', () => {
	it.each<[string, ImageReference | undefined, string]>([
		['a file', file('shoe.jpg'), 'shoe'],
		['a file with spaces and signs', file('Red shoe (2), left.JPEG'), 'Red shoe (2), left'],
		['a file with two endings', file('me.jpg.heic'), 'me.jpg'],
		['a file without an ending', file('shoe'), 'shoe'],
		['a version is no ending', file('shoe v1.2'), 'shoe v1.2'],
		['a file in a folder', file('C:\\photos/shoe.png'), 'shoe'],
		['a file without a name', file(), ''],
		['a link', url('https://shop.example/a/shoe.png?w=800#top'), 'shoe'],
		['an encoded link', url('https://shop.example/%E5%9B%BE%E7%89%87%201.jpg'), '图片 1'],
		['a link that hides a path', url('https://shop.example/..%2F..%2Fetc%2Fpasswd'), '../../etc/passwd'],
		['a link without a name', url('https://shop.example/a/'), ''],
		['a path on a Windows machine', path('D:\\in\\chair.psd'), 'chair'],
		['a path', path('/data/in/chair.tiff'), 'chair'],
		['base64', { kind: 'base64', base64: 'iVBO' }, ''],
		['no image', undefined, ''],
	])('%s', (_, image, name) => {
		expect(nameOfInput(image)).toBe(name);
	});
});

describe('the name of a result', () => {
	it.each([
		['shoe', 'shoe_1.png'],
		['shoe.png', 'shoe_1.png'],
		[' shoe.WebP ', 'shoe_1.png'],
		['shoe v1.2', 'shoe v1.2_1.png'],
		['红鞋', '红鞋_1.png'],
		['Schuh größe été नमस्ते صورة', 'Schuh größe été नमस्ते صورة_1.png'],
		['🌅 sunrise', '🌅 sunrise_1.png'],
		['😀', '😀_1.png'],
		['👩🏽‍🚀', '👩🏽‍🚀_1.png'],
		['2026/summer\\hero', '2026_summer_hero_1.png'],
		['../../etc/passwd', 'etc_passwd_1.png'],
		['..\\..\\win.ini', 'win.ini_1.png'],
		['.htaccess', 'htaccess_1.png'],
		['-rf', 'rf_1.png'],
		['a<b>c:d"e|f?g*h', 'a_b_c_d_e_f_g_h_1.png'],
		['a\0b\r\nc\u2028d', 'a_b_c_d_1.png'],
		['invoice\u202egnp.exe', 'invoice_gnp.exe_1.png'],
		['a\ud83d', 'a__1.png'],
		['CON', 'CON_1.png'],
	])('as the user enters it: %j', (entered, name) => {
		expect(nameFor(entered)).toBe(name);
	});

	it.each(['', '   ', '...', '///', '.png', '\u200b', '-_.'])(
		'that leaves nothing of %j is the ID of the task',
		(entered) => {
			expect(nameFor(entered)).toBe('9308_1.png');
		},
	);

	it.each([
		['../../etc/passwd', 'etc_passwd_1.png'],
		['任务/1', '任务_1_1.png'],
		['a\0b\u0085c', 'a_b_c_1.png'],
		['..', 'image_1.png'],
	])('the task ID %j in it is no path', (taskId, name) => {
		expect(nameFor('', taskId)).toBe(name);
	});

	it.each([
		['x'.repeat(300), '_1'],
		['x'.repeat(5_000_000), '_12_watermark'],
		['照'.repeat(300), '_1_watermark'],
		['𠀀'.repeat(300), '_1'],
		['😀'.repeat(300), '_9'],
	])('is short enough for every disk, and keeps number and ending', (entered, suffix) => {
		const name = nameFor(entered, '9308', suffix);
		expect(name.endsWith(`${suffix}.png`)).toBe(true);
		expect(Array.from(name).length).toBeLessThanOrEqual(100);
		expect(Buffer.byteLength(name)).toBeLessThanOrEqual(200);
		expect(Buffer.byteLength(name)).toBeGreaterThan(90);
		expect(name).not.toMatch(/\p{Surrogate}/u);
	});
});
