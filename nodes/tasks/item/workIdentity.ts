import { createHash, randomUUID } from 'crypto';

import { isToolNode } from '../model/errors';
import type { Host } from './host';

/** What of n8n tells which work this is. */
export type WorkHost = Pick<Host, 'node' | 'execution' | 'memory' | 'evaluate'>;

/** Characters of a hash: 192 bits, far from any collision. */
export const HASH_CHARACTERS = 32;

/** Whether an agent calls the node: in any order, so that run and item say nothing about which work it is. */
export function isTool({ node }: WorkHost): boolean {
	return isToolNode(node);
}

/**
 * n8n 2.x keeps the signature of the resume URL when an execution is retried, although the retry has another ID. Without
 * it: instance, workflow and execution. Without an execution each call is a work of its own.
 */
export function executionToken({ execution, evaluate }: WorkHost): string {
	const { executionId, instanceId, workflowId } = execution;
	if (!executionId) return randomUUID();
	const resumeUrl = String(evaluate('{{ $execution.resumeUrl }}') ?? '');
	const query = resumeUrl.slice(resumeUrl.indexOf('?') + 1);
	const signature = resumeUrl.includes('?') ? new URLSearchParams(query).get('signature') : null;
	// Hashed, since the signature is a secret of n8n's: who has it can resume the execution.
	return hashOf(signature ? [signature] : [instanceId, workflowId, executionId]);
}

/** Which run of the node in its execution this is, from 0. */
export function runIndexOf(host: WorkHost): number {
	const index = Number(host.evaluate('{{ $runIndex }}') ?? 0);
	return index > 0 && isFirstRunRecovered(host) ? index - 1 : index;
}

/**
 * After a crash n8n puts one run in the place of those that a node had: with an item that says so, or without data. When
 * such an execution is retried from its trigger, the node's run 1 is what run 0 was.
 */
function isFirstRunRecovered({ node, evaluate }: WorkHost): boolean {
	const first = `$items(${nameInExpression(node)}, 0, 0)`;
	const isRecovered = `${first}[0]?.json?.isArtificialRecoveredEventItem === true`;
	return evaluate(`{{ (() => { try { return ${isRecovered} } catch { return true } })() }}`) === true;
}

/** The node's name as a text within an expression, which braces would end. */
export function nameInExpression({ name }: { name: string }): string {
	return JSON.stringify(name).replace(/[{}]/g, (brace) => `\\u00${brace.charCodeAt(0).toString(16)}`);
}

/** A short hash of what tells one thing from others. */
export function hashOf(parts: unknown[]): string {
	return createHash('sha256').update(JSON.stringify(parts)).digest('base64url').slice(0, HASH_CHARACTERS);
}
