/** Writes the tables of docs/errors.md from the tables that the nodes read, or says that they drifted (`--check`). */
import { readFileSync, writeFileSync } from 'node:fs';

import { GATEWAY_ERRORS } from '../nodes/AliyunPortrait/gatewayErrors.ts';
import { KLING_ERRORS } from '../nodes/Kling/errors.ts';
import { PS_ERRORS } from '../nodes/PsTask/errors.ts';
import { lostBecause } from '../nodes/tasks/http/network.ts';
import type { ErrorRow, Retry } from '../nodes/tasks/model/service.ts';

/** The tables stand between these two lines. */
const BEGIN = '<!-- Tables of errors, written by npm run errors -->';
const END = '<!-- End of the tables of errors -->';

/** What becomes of a create after a refusal. */
const AFTERWARDS: Record<Retry, string> = {
	no: 'fails at once',
	later: 'sent again by itself, up to Queue Timeout',
	noSlot: 'waits for a slot, up to Queue Timeout',
	withNewSignature: 'sent once more with a new signature',
	ambiguous: 'may have been carried out',
};

/** Codes of Node.js, one of each kind. */
const NETWORK = [
	'ECONNREFUSED',
	'ENOTFOUND',
	'EAI_AGAIN',
	'EHOSTUNREACH',
	'ENETUNREACH',
	'ENETDOWN',
	'EMFILE',
	'ECONNRESET',
	'ETIMEDOUT',
	'CERT_HAS_EXPIRED',
	'CERT_NOT_YET_VALID',
	'DEPTH_ZERO_SELF_SIGNED_CERT',
	'ERR_TLS_CERT_ALTNAME_INVALID',
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

const file = new URL('../docs/errors.md', import.meta.url);
const present = readFileSync(file, 'utf8');
const [from, to] = [present.indexOf(BEGIN), present.indexOf(END)];
if (from < 0 || to < from) throw new Error(`docs/errors.md has no place for the tables: "${BEGIN}" and "${END}".`);
const wanted = [present.slice(0, from) + BEGIN, '', ...tables(), '', present.slice(to)].join('\n');

if (!process.argv.includes('--check')) writeFileSync(file, wanted);
else if (present === wanted) console.log('The tables of docs/errors.md match the nodes: 1 passed, 0 failed');
else {
	console.error('The tables of docs/errors.md have drifted from the nodes. Run: npm run errors');
	process.exitCode = 1;
}

function tables(): string[] {
	return [
		'### Kling',
		'',
		...table(KLING_ERRORS.map((row) => ['`' + row.code + '`', row])),
		'',
		'### Aliyun AI Portrait',
		'',
		...table(GATEWAY_ERRORS.map((row) => [gatewayCodes(row), row])),
		'',
		'### PS Task',
		'',
		...table(Object.entries(PS_ERRORS).map(([status, row]) => ['`' + status + '`', row])),
		'',
		'### The network',
		'',
		'| Code | What the error says | Was the create sent? |',
		'| --- | --- | --- |',
		...NETWORK.map(networkRow),
	];
}

function table(rows: Array<[code: string, row: ErrorRow]>): string[] {
	return [
		'| Code | What the error says | What to do | The create |',
		'| --- | --- | --- | --- |',
		...rows.map(([code, { cause, fix, retry }]) => `| ${code} | ${cause} | ${fix} | ${AFTERWARDS[retry]} |`),
	];
}

/** How the gateway says it: the beginnings of its codes, else its text, else the HTTP status. */
function gatewayCodes({ code, text, statuses = [] }: (typeof GATEWAY_ERRORS)[number]): string {
	const told = code ? beginnings(code) : text ? beginnings(text) : statuses.map((status) => `HTTP ${status}`);
	return told.map((one) => '`' + one + '`').join(', ');
}

/** The alternatives of a pattern such as `^(A|B)`. */
function beginnings({ source }: RegExp): string[] {
	const inner = source.replace(/^\^/, '');
	const whole = /^\((.*)\)$/.exec(inner)?.[1] ?? inner;
	return /[()]/.test(whole) ? [whole.replaceAll('|', ' or ')] : whole.split('|');
}

function networkRow(code: string): string {
	const { reason, kind } = lostBecause({ code });
	const sent = kind === 'unsent' ? 'no' : 'nobody knows';
	return `| \`${code}\` | ${reason} | ${sent} |`;
}
