import type {
	CallbackEntry,
	FateRule,
	FaultRule,
	FileEntry,
	LedgerEntry,
	RequestEntry,
	Settings,
	TaskEnd,
} from '../../../sandbox/provider';

/** The simulator's controls over HTTP: it runs in the process of the global set-up. */
export class ProviderControl {
	constructor(readonly url: string) {}

	async reset(): Promise<void> {
		await this.post('reset', {});
	}

	async settings(change: Partial<Settings>): Promise<void> {
		await this.post('settings', change);
	}

	async fates(rules: FateRule[]): Promise<void> {
		await this.post('fates', rules);
	}

	async faults(rules: FaultRule[]): Promise<void> {
		await this.post('faults', rules);
	}

	/** Ends a task now, so that no clock decides what a test finds. */
	async finish(taskId: string, fate: TaskEnd = 'succeed', message?: string): Promise<void> {
		await this.post(`tasks/${taskId}/finish`, { fate, message });
	}

	/** Ends all tasks that have not ended, at the same moment. */
	async finishAll(fate?: TaskEnd, message?: string): Promise<void> {
		const running = (await this.ledger()).filter(({ status }) => status === 'submitted' || status === 'processing');
		await Promise.all(running.map(async ({ taskId }) => await this.finish(taskId, fate, message)));
	}

	/** Every task that was created, oldest first. */
	async ledger(): Promise<LedgerEntry[]> {
		return await this.get<LedgerEntry[]>('ledger');
	}

	/** Every API call, oldest first. */
	async requests(): Promise<RequestEntry[]> {
		return await this.get<RequestEntry[]>('requests');
	}

	/** Every request for a result file, oldest first. */
	async files(): Promise<FileEntry[]> {
		return await this.get<FileEntry[]>('files');
	}

	/** Every attempt to deliver a callback, oldest first. */
	async callbacks(): Promise<CallbackEntry[]> {
		return await this.get<CallbackEntry[]>('callbacks');
	}

	private async get<T>(path: string): Promise<T> {
		return await this.send<T>(path, {});
	}

	private async post(path: string, body: unknown): Promise<void> {
		const headers = { 'Content-Type': 'application/json' };
		await this.send(path, { method: 'POST', headers, body: JSON.stringify(body) });
	}

	private async send<T>(path: string, init: RequestInit): Promise<T> {
		const response = await fetch(`${this.url}/_sandbox/${path}`, init);
		if (!response.ok) throw new Error(`The simulator refused ${path} (${response.status}): ${await response.text()}`);
		return (await response.json()) as T;
	}
}
