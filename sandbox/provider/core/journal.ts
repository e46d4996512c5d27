import type { ServiceName, SignIns } from './extensions';
import type { FaultPlace } from './faults';

/** How a request tried to sign in. The secret itself is never kept. */
export type Authorization = 'none' | keyof SignIns;

/** A file as it arrived in a form. */
export interface UploadEntry {
	/** The path under which the service keeps it. */
	path: string;
	fileName: string;
	contentType: string;
	bytes: number;
	sha256: string;
}

/** One API call. It is entered on arrival and completed with the answer. */
export interface RequestEntry {
	/** Arrival, server time in ms. */
	at: number;
	service: ServiceName;
	method: string;
	/** Without the query string. */
	path: string;
	/** The query string without its question mark, '' if there is none. */
	query: string;
	/** '' where no endpoint is, and where only a task that does not exist would tell. */
	resource: string;
	/** What the endpoint does; absent where no endpoint is. */
	on?: FaultPlace;
	/** HTTP status; 0 while unanswered or when the connection was cut on purpose. */
	status: number;
	/** The envelope's code, under whatever name; null if the answer carries none. */
	code: number | null;
	/** Code, or else message, with which a gateway before the service refused. */
	gateway?: string;
	taskId?: string;
	upload?: UploadEntry;
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
	/** As the service spells it, as text. */
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
