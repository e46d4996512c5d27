import { createHash, createHmac, randomUUID } from 'node:crypto';

import { sandboxAliyunAccount, type Provider } from '../../../../sandbox/provider';
import { send, type TextReply } from './http';
import { picture } from './pictures';

export const upload = '/cloud/upload_file';
export const train = '/cloud/aigc_user_model_create';
export const styleQuery = '/cloud/aigc_product_brief_query';
export const portrait = '/cloud/aigc_task_create';
export const taskQuery = '/cloud/aigc_task_query';

/** A style of the catalogue. */
export const style = '20057d0c-8cef-447e-88d0-a8f3490fd0b0';

export const appCode = { authorization: `APPCODE ${sandboxAliyunAccount.appCode}` };

/** A JSON POST to the portrait service, signed in by AppCode. */
export async function ask(
	provider: Provider,
	path: string,
	body: unknown,
	headers: Record<string, string> = {},
): Promise<TextReply> {
	return await send(provider, path, {
		method: 'POST',
		headers: { 'content-type': 'application/json; charset=UTF-8', ...appCode, ...headers },
		body: typeof body === 'string' ? body : JSON.stringify(body),
	});
}

export const styles = async (provider: Provider) => await send(provider, styleQuery, { headers: appCode });

/** A form with one photo. */
export async function photoForm(width = 64, name = 'ich 我.png'): Promise<FormData> {
	const form = new FormData();
	form.append('file', new File([new Uint8Array(await picture(width, 80))], name, { type: 'image/png' }));
	return form;
}

/** Uploads a photo; the width makes it unlike others. */
export async function uploaded(provider: Provider, width = 64): Promise<string> {
	const { json } = await send(provider, upload, { method: 'POST', headers: appCode, body: await photoForm(width) });
	return json.body;
}

/** The paths of eight photos. */
export async function eight(provider: Provider): Promise<string[]> {
	return await Promise.all(Array.from({ length: 8 }, async (_, index) => await uploaded(provider, 64 + index)));
}

/** A user whose model is trained. */
export async function trainedUser(provider: Provider): Promise<string> {
	const { json } = await ask(provider, train, { img_set: await eight(provider) });
	await provider.control.finish(json.body.task_id);
	return json.body.user_id;
}

export const query = async (provider: Provider, taskId: string) =>
	(await ask(provider, taskQuery, { task_id: taskId })).json;

export interface Signing {
	method?: string;
	headers?: Record<string, string>;
	body?: string | Buffer;
	/** Path and sorted parameters, if they are not the URL as it is. */
	resource?: string;
	secret?: string;
	algorithm?: 'sha256' | 'sha1';
	timestamp?: number;
	nonce?: string;
}

/** Headers of a request with header names in title case, signed (docs/services/aliyun-portrait.md, Signature). */
export function signed(url: string, signing: Signing = {}): Record<string, string> {
	const { method = 'GET', headers = {}, body, resource = url, algorithm = 'sha256' } = signing;
	const md5 = body === undefined ? '' : createHash('md5').update(body).digest('base64');
	const own: Record<string, string> = {
		'X-Ca-Key': sandboxAliyunAccount.appKey,
		'X-Ca-Nonce': signing.nonce ?? randomUUID(),
		...(algorithm === 'sha1' ? { 'X-Ca-Signature-Method': 'HmacSHA1' } : {}),
		'X-Ca-Timestamp': String(signing.timestamp ?? Date.now()),
	};
	const type = headers['Content-Type'] ?? '';
	const isForm = type.startsWith('application/x-www-form-urlencoded');
	const lines = [
		method,
		'application/json',
		isForm ? '' : md5,
		type,
		'',
		...Object.entries(own).map(([name, value]) => `${name}:${value}`),
		resource,
	];
	const secret = signing.secret ?? sandboxAliyunAccount.appSecret;
	return {
		Accept: 'application/json',
		...(md5 === '' || isForm ? {} : { 'Content-MD5': md5 }),
		...headers,
		...own,
		'X-Ca-Signature-Headers': Object.keys(own).join(','),
		'X-Ca-Signature': createHmac(algorithm, secret).update(lines.join('\n')).digest('base64'),
	};
}

/** What the gateway says by its headers. */
export function refusalOf({ status, headers, text }: TextReply) {
	return { status, code: headers.get('x-ca-error-code'), message: headers.get('x-ca-error-message'), text };
}
