import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';

import { startProvider, type Provider } from '../../../../sandbox/provider';
import { appCode, photoForm, upload } from '../support/aliyun';
import { send } from '../support/http';
import { picture } from '../support/pictures';

let provider: Provider;
beforeAll(async () => {
	provider = await startProvider();
});
beforeEach(() => provider.control.reset());
afterAll(async () => await provider.stop());

const sendForm = async (form: FormData) =>
	(await send(provider, upload, { method: 'POST', headers: appCode, body: form })).json;
const file = (content: Uint8Array, name = 'a.png') => new File([new Uint8Array(content)], name, { type: 'image/png' });

test('an upload is answered with a path, and the journal keeps name, type and size', async () => {
	const json = await sendForm(await photoForm());
	expect(json).toEqual({ ret: 0, body: expect.stringMatching(/^user_upload\/T0000000000101\/[0-9a-f-]{36}\.png$/) });
	const content = await picture(64, 80);
	expect(provider.control.requests()).toMatchObject([
		{
			service: 'aliyunPortrait',
			resource: 'photo',
			on: 'upload',
			upload: { path: json.body, fileName: 'ich 我.png', contentType: 'image/png', bytes: content.length },
		},
	]);
	expect(provider.control.ledger()).toEqual([]);
});

test('an upload must be one picture with a file name, and nothing else', async () => {
	const photo = await picture(64, 80);
	const form = (...parts: Array<[string, string | File]>) => {
		const data = new FormData();
		for (const [name, value] of parts) data.append(name, value);
		return data;
	};
	const wrong: Array<[FormData, string]> = [
		[form(), 'file must be sent once, but it came 0 times'],
		[form(['file', file(photo)], ['file', file(photo)]), 'file must be sent once, but it came 2 times'],
		[form(['file', 'text']), 'file must have a file name'],
		[form(['photo', file(photo)]), 'Unknown parameter: photo'],
		[form(['file', file(photo)], ['user', 'x']), 'Unknown parameter: user'],
		[form(['file', file(new Uint8Array(), 'void.png')]), 'file void.png is empty'],
		[form(['file', file(Buffer.from('no picture'), 'x.png')]), 'file x.png is not a valid image'],
		[form(['file', file(photo.subarray(0, photo.length / 2), 'half.png')]), 'file half.png is not a valid image'],
	];
	for (const [body, msg] of wrong) expect(await sendForm(body)).toEqual({ ret: 1001, msg, body: null });
});

test('an upload that is no form, or half of one, is refused', async () => {
	const post = async (type: string, body: string) =>
		(await send(provider, upload, { method: 'POST', headers: { ...appCode, 'content-type': type }, body })).json;
	expect((await post('application/json', '{"file":"x"}')).msg).toBe('Content-Type must be multipart/form-data');
	expect((await post('multipart/form-data', 'x')).msg).toContain('multipart/form-data');
	const half =
		'--b\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\nContent-Type: image/png\r\n\r\nabc';
	expect((await post('multipart/form-data; boundary=b', half)).msg).toContain('The form is broken');
});
