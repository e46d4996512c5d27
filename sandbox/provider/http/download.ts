const timeoutMs = 10_000;

/** Fetches a picture as services do when they work on a task; throws the reason of the failure. */
export async function download(url: string, signal: AbortSignal): Promise<Buffer> {
	const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]) }).catch(() => {
		throw new Error('Failed to download the image');
	});
	if (!response.ok) {
		await response.body?.cancel();
		throw new Error(`Failed to download the image: HTTP ${response.status}`);
	}
	return Buffer.from(await response.arrayBuffer());
}

/** True for an absolute http or https URL. */
export function isHttpUrl(text: string): boolean {
	return /^https?:\/\//i.test(text) && URL.canParse(text);
}
