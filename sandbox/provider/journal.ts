/** How a request tried to sign in. The secret itself is never kept. */
export type Authorization = 'none' | 'key' | 'jwt';

/** One API call. It is entered on arrival and completed with the answer. */
export interface RequestEntry {
	/** Arrival, server time in ms. */
	at: number;
	method: string;
	/** Without the query string. */
	path: string;
	/** The query string without its question mark, '' if there is none. */
	query: string;
	resource: string;
	/** HTTP status; 0 while unanswered or when the connection was cut on purpose. */
	status: number;
	/** The envelope's code; null if the answer carries none. */
	code: number | null;
	taskId?: string;
	authorization: Authorization;
	/** The kind of the fault that spoilt the answer. */
	fault?: string;
}

/** One request for a result file. */
export interface FileEntry {
	at: number;
	method: string;
	path: string;
	hadAuthorization: boolean;
	/** HTTP status; 0 when the connection was cut on purpose. */
	status: number;
}

/** One attempt to deliver a callback. */
export interface CallbackEntry {
	at: number;
	taskId: string;
	taskStatus: string;
	url: string;
	/** 1 for the first attempt. */
	attempt: number;
	/** HTTP status of the receiver; 0 if it could not be reached. */
	status: number;
}

const longest = 100_000;

/** What was asked of the server and what it asked of others, oldest first, the last 100 000 of each kind. */
export class Journal {
	requests: RequestEntry[] = [];
	files: FileEntry[] = [];
	callbacks: CallbackEntry[] = [];

	/** Appends an entry, forgetting the oldest when there are too many. */
	add<Kind extends 'requests' | 'files' | 'callbacks'>(kind: Kind, entry: Journal[Kind][number]): void {
		const entries = this[kind] as Array<Journal[Kind][number]>;
		entries.push(entry);
		if (entries.length > longest) entries.shift();
	}

	clear(): void {
		this.requests = [];
		this.files = [];
		this.callbacks = [];
	}
}
