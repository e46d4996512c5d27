import type { UploadEntry } from './journal';

/** What a request is answered with, before faults spoil it. */
export interface Answer {
	status: number;
	/** The body's text and its kind. */
	text: string;
	type: string;
	headers?: Record<string, string>;
	/** For the journal. */
	code: number | null;
	gateway?: string;
	taskId?: string;
	upload?: UploadEntry;
}
