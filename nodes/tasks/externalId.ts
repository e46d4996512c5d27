import { createHash, randomUUID } from 'crypto';
import type { IExecuteData, IExecutePaginationFunctions } from 'n8n-workflow';

import { nameInExpression } from './nodeName';

/** Longest external ID, and the room kept in it for a suffix such as `-2`, in characters. */
const LONGEST_ID = 64;
const SUFFIX_ROOM = 2;

/** Characters of the hash: 192 bits, far from any collision. */
const HASH_CHARACTERS = 32;

/** Longest prefix that leaves room for hash and suffix. */
export const LONGEST_PREFIX = LONGEST_ID - SUFFIX_ROOM - HASH_CHARACTERS;

/** Whether a prefix can stand in an external ID: letters, digits, `_` and `-`, at most 30 characters. */
export function isUsablePrefix(prefix: string): boolean {
	return prefix.length <= LONGEST_PREFIX && /^[A-Za-z0-9_-]*$/.test(prefix);
}

/**
 * The external ID that belongs to this execution, node, run, item and request, and to no other (architecture.md,
 * money rule 1): the same work asked for twice gets the same ID, so that it is bought once.
 */
export function deriveExternalId(
	context: IExecutePaginationFunctions,
	prefix: string,
	fingerprint: string,
): string {
	return prefix + hashOf([executionToken(context), ...placeOf(context), fingerprint]);
}

/** The same for one execution, whichever it is: node, run, item and request. */
export function keyWithinExecution(context: IExecutePaginationFunctions, fingerprint: string): string {
	return hashOf([...placeOf(context), fingerprint]);
}

function placeOf(context: IExecutePaginationFunctions): unknown[] {
	const { id, type } = context.getNode();
	// A tool is called by an agent in any order, so run and item say nothing about which work it is.
	return type.endsWith('Tool') ? [id] : [id, runIndexOf(context), context.getItemIndex()];
}

function hashOf(parts: unknown[]): string {
	return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, HASH_CHARACTERS);
}

/**
 * A hash of a request body without the ignored fields. Images count by their content or by their URL.
 */
export function fingerprintOf(body: Record<string, unknown>, ignored: Array<string | undefined>): string {
	const hash = createHash('sha256');
	feed(hash, body, new Set(ignored));
	return hash.digest('base64url');
}

/**
 * What stays the same when an execution is retried: n8n 2.x keeps the signature of the resume URL, although the
 * execution gets a new ID. Without it: instance, workflow and execution. Without an execution: a random value, which
 * stays the same when n8n tries the node again.
 */
function executionToken(context: IExecutePaginationFunctions): string {
	const resumeUrl = String(evaluate(context, '{{ $execution.resumeUrl }}') ?? '');
	const signature = /[?&]signature=([^&#]+)/.exec(resumeUrl)?.[1];
	if (signature) return signature;
	const executionId = context.getExecutionId();
	if (!executionId) return tokenOfRun(context.getExecuteData());
	return [context.getInstanceId(), context.getWorkflow().id, executionId].join('/');
}

const tokens = new WeakMap<IExecuteData, string>();

function tokenOfRun(run: IExecuteData): string {
	const token = tokens.get(run) ?? randomUUID();
	tokens.set(run, token);
	return token;
}

function runIndexOf(context: IExecutePaginationFunctions): number {
	const index = Number(evaluate(context, '{{ $runIndex }}') ?? 0);
	return index > 0 && isFirstRunRecovered(context) ? index - 1 : index;
}

/**
 * After a crash n8n puts one run in the place of those that a node had: with an item that says so, or without data. When
 * such an execution is retried from its trigger, the node's run 1 is what run 0 was.
 */
function isFirstRunRecovered(context: IExecutePaginationFunctions): boolean {
	const first = `$items(${nameInExpression(context.getNode())}, 0, 0)`;
	return evaluate(context, `{{ (() => { try { return ${first}[0]?.json?.isArtificialRecoveredEventItem === true } catch { return true } })() }}`) === true;
}

function evaluate(context: IExecutePaginationFunctions, expression: string): unknown {
	try {
		return context.evaluateExpression(expression, context.getItemIndex());
	} catch {
		return undefined;
	}
}

/** Feeds a value in a fixed order of keys, so that equal bodies have equal hashes. */
function feed(hash: ReturnType<typeof createHash>, value: unknown, ignored: Set<string | undefined>): void {
	if (Array.isArray(value)) {
		hash.update('[');
		for (const part of value) feed(hash, part, new Set());
	} else if (typeof value === 'object' && value !== null) {
		hash.update('{');
		for (const key of Object.keys(value).sort()) {
			const part = (value as Record<string, unknown>)[key];
			if (ignored.has(key) || part === undefined) continue;
			hash.update(`${key.length}:${key}`);
			feed(hash, part, new Set());
		}
	} else {
		const text = JSON.stringify(value) ?? 'null';
		hash.update(`${text.length}:${text}`);
	}
}
