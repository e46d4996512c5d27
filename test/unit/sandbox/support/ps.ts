import type { Provider } from '../../../../sandbox/provider';
import { send, type TextReply } from './http';

export const submit = '/ps_tasks/submit';
export const resultOf = (id: string) => `/ps_tasks/result/${id}`;

/** Submits a PS task, at the place itself or under a relay's prefix. */
export async function submitTask(provider: Provider, prefix = ''): Promise<TextReply> {
	return await send(provider, prefix + submit, {
		method: 'POST',
		headers: { 'content-type': 'application/json' },
		body: JSON.stringify({ image_url: 'dogs.jpg', prompt: 'x' }),
	});
}
