import { SignJWT } from 'jose';

import type { Provider } from '../../../../sandbox/provider';
import { base64 } from './pictures';

export const apiKey = 'sandbox-key-singapore-0123456789abcdef0123456789abcdef';
export const accessKey = 'sandboxaccesskey0123456789abcdef';
export const secretKey = 'sandboxsecretkey0123456789abcdef';

export const multiImage = '/v1/images/multi-image2image';
export const expand = '/v1/images/editing/expand';
export const generations = '/v1/images/generations';
export const omni = '/v1/images/omni-image';
export const elements = '/v1/general/advanced-custom-elements';
export const multiShot = '/v1/general/ai-multi-shot';

export interface Reply {
	status: number;
	headers: Headers;
	/** The shape is what the tests are about. */
	json: ReturnType<typeof JSON.parse>;
}

/** Sends one request; `authorization: null` sends no such header. */
export async function call(
	provider: Provider,
	method: string,
	path: string,
	{ body, authorization = `Bearer ${apiKey}` }: { body?: unknown; authorization?: string | null } = {},
): Promise<Reply> {
	const headers: Record<string, string> = { 'content-type': 'application/json' };
	if (authorization !== null) headers.authorization = authorization;
	const payload = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body);
	const response = await fetch(provider.url + path, { method, headers, body: payload });
	return { status: response.status, headers: response.headers, json: await response.json() };
}

export const get = async (provider: Provider, path: string) => await call(provider, 'GET', path);
export const post = async (provider: Provider, path: string, body: unknown) =>
	await call(provider, 'POST', path, { body });

/** A token (docs/services/kling.md, JSON Web Token); claims may be overridden, or removed with undefined. */
export async function token(claims: Record<string, unknown> = {}, secret = secretKey): Promise<string> {
	const now = Math.floor(Date.now() / 1000);
	const payload = { iss: accessKey, exp: now + 1800, nbf: now - 5, ...claims };
	return await new SignJWT(JSON.parse(JSON.stringify(payload)))
		.setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
		.sign(new TextEncoder().encode(secret));
}

/** The smallest right body of each product. */
export async function bodyOf(path: string): Promise<Record<string, unknown>> {
	const image = await base64();
	if (path === multiImage) return { subject_image_list: [{ subject_image: image }] };
	if (path === generations || path === omni) return { prompt: 'a red kettle' };
	if (path === elements) {
		return {
			element_name: 'Blue kettle',
			element_description: 'Enamel, dark blue',
			reference_type: 'image_refer',
			element_image_list: { frontal_image: image, refer_images: [{ image_url: image }] },
		};
	}
	if (path === multiShot) return { element_frontal_image: image };
	const half = {
		up_expansion_ratio: 0.5,
		down_expansion_ratio: 0,
		left_expansion_ratio: 0,
		right_expansion_ratio: 0.25,
	};
	return { image, ...half };
}

/** Creates a task, ends it at once and reads it. */
export async function finished(provider: Provider, path: string, change: Record<string, unknown> = {}): Promise<Reply> {
	const { json } = await post(provider, path, { ...(await bodyOf(path)), ...change });
	await provider.control.finish(json.data.task_id);
	return await get(provider, `${path}/${json.data.task_id}`);
}
