import axios, { AxiosError, type AxiosInstance, type AxiosRequestConfig } from 'axios';

/** A refusal by n8n, with n8n's own words. */
export class N8nRequestError extends Error {
	constructor(
		message: string,
		readonly status: number | undefined,
	) {
		super(message);
	}
}

/** n8n's REST interface with a session: remembers the login cookie and unwraps `{ data }`. */
export class N8nHttp {
	private readonly axios: AxiosInstance;
	private cookie = '';

	constructor(readonly url: string) {
		this.axios = axios.create({ baseURL: url, proxy: false, timeout: 60_000, maxBodyLength: Infinity });
	}

	async get<T>(path: string, config: AxiosRequestConfig = {}): Promise<T> {
		return await this.send<T>({ ...config, method: 'GET', url: path });
	}

	async post<T>(path: string, data: unknown = {}): Promise<T> {
		return await this.send<T>({ method: 'POST', url: path, data });
	}

	async patch<T>(path: string, data: unknown): Promise<T> {
		return await this.send<T>({ method: 'PATCH', url: path, data });
	}

	async delete(path: string): Promise<void> {
		await this.send({ method: 'DELETE', url: path });
	}

	/** The body as it is, for files and for answers that are not wrapped in `{ data }`. */
	async raw(path: string, config: AxiosRequestConfig = {}): Promise<{ body: Buffer; headers: Record<string, string> }> {
		const response = await this.exchange<ArrayBuffer>({ ...config, url: path, responseType: 'arraybuffer' });
		const headers = Object.entries(response.headers).map(([name, value]) => [name, String(value)]);
		return { body: Buffer.from(response.data), headers: Object.fromEntries(headers) as Record<string, string> };
	}

	private async send<T>(config: AxiosRequestConfig): Promise<T> {
		const { data } = await this.exchange<{ data?: T }>(config);
		return (typeof data === 'object' && data !== null && 'data' in data ? data.data : data) as T;
	}

	private async exchange<T>(config: AxiosRequestConfig) {
		try {
			const response = await this.axios.request<T>({ ...config, headers: { ...config.headers, Cookie: this.cookie } });
			const session = response.headers['set-cookie']?.find((cookie) => cookie.startsWith('n8n-auth='));
			if (session !== undefined) this.cookie = session.split(';')[0] ?? '';
			return response;
		} catch (error) {
			throw refusal(error, config);
		}
	}
}

function refusal(error: unknown, { method, url }: AxiosRequestConfig): Error {
	if (!(error instanceof AxiosError)) return error as Error;
	const status = error.response?.status;
	const said = words(error.response?.data) ?? error.message;
	return new N8nRequestError(
		`n8n refused ${method ?? 'GET'} ${url} (${status ?? error.code ?? 'no answer'}): ${said}`,
		status,
	);
}

function words(body: unknown): string | undefined {
	const text =
		body instanceof ArrayBuffer || Buffer.isBuffer(body) ? Buffer.from(body as Buffer).toString('utf8') : body;
	try {
		const { message } = (typeof text === 'string' ? JSON.parse(text) : text) as { message?: unknown };
		return typeof message === 'string' ? message : undefined;
	} catch {
		return typeof text === 'string' && text !== '' ? text.slice(0, 300) : undefined;
	}
}
