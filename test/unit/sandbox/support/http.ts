import type { Provider } from '../../../../sandbox/provider';

export interface TextReply {
	status: number;
	headers: Headers;
	text: string;
	/** The shape is what the tests are about; undefined if the body is no JSON. */
	json: ReturnType<typeof JSON.parse>;
}

/** Sends one request and reads the answer, whatever it is. */
export async function send(provider: Provider, path: string, init: RequestInit = {}): Promise<TextReply> {
	const response = await fetch(provider.url + path, init);
	const text = await response.text();
	let json;
	try {
		json = JSON.parse(text);
	} catch {
		json = undefined;
	}
	return { status: response.status, headers: response.headers, text, json };
}

/** The bytes of a file that the simulator serves. */
export async function load(url: string): Promise<Buffer> {
	return Buffer.from(await (await fetch(url)).arrayBuffer());
}
