/**
 * Whatever a user puts into a field, also a whole file: an answer in words, or it is sent. In linear time, and in no more
 * memory than a few times the value; JavaScript's own is limited to that, so that the process ends if it needs more.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';

const child = fileURLToPath(new URL('bigValuesChild.ts', import.meta.url));

/** Memory of the process in MB without any value, and how many times the value may come to it. */
const BASE_MB = 64;
const TIMES = 4;
/** What Node takes beside JavaScript's own memory, in MB: its code, and files that are decoded. */
const REST_MB = 200;

/** The processor's time in ms for a million characters, tenfold what is slowest on a slow machine. */
const MOST_MS_PER_MILLION = 500;

/** Answers need not be short, but nobody reads more. */
const LONGEST_ANSWER = 600;

interface Outcome {
	error?: string;
	details?: { taskState: string };
	sent: number;
	ms: number;
}

interface Report {
	outcomes: Record<string, Outcome>;
	peakMb: number;
}

async function reportOf(size: number): Promise<Report> {
	const heapMb = Math.ceil(BASE_MB + (TIMES * size) / 1e6);
	const args = [`--max-old-space-size=${heapMb}`, '--import', 'tsx', child, String(size)];
	const { stdout } = await promisify(execFile)(process.execPath, args, { maxBuffer: 1e7 });
	return JSON.parse(stdout) as Report;
}

describe.each([6_000_000, 20_000_000, 100_000_000])('values of %i characters', (size) => {
	let report: Report;

	beforeAll(async () => {
		report = await reportOf(size);
	}, 600_000);

	it('are refused in words, with nothing sent, or sent', () => {
		for (const [name, { error, details, sent }] of Object.entries(report.outcomes)) {
			const isSent = name.startsWith('sent: ');
			expect({ name, sent, isRefused: error !== undefined }).toEqual({
				name,
				sent: isSent ? 1 : 0,
				isRefused: !isSent,
			});
			if (isSent) continue;
			expect(details).toMatchObject({ taskState: 'not-created', retryable: false });
			expect(error, name).toMatch(
				/^(Image|Subject Images|Photos|Prompt|Style|User ID|Task ID|Raw JSON Fields|External)/,
			);
			expect(JSON.stringify({ error, details }).length, name).toBeLessThan(LONGEST_ANSWER);
		}
	});

	it('take no more memory than a few times the value', () => {
		expect(report.peakMb).toBeLessThan(BASE_MB + REST_MB + ((TIMES + 2) * size) / 1e6);
	});

	it('take linear time', () => {
		const slow = Object.entries(report.outcomes).filter(([, { ms }]) => ms / (size / 1e6) > MOST_MS_PER_MILLION);
		expect(slow).toEqual([]);
	});
});
