import type { INode } from 'n8n-workflow';

/** The node's name as a text within an expression, which braces would end. */
export function nameInExpression({ name }: INode): string {
	return JSON.stringify(name).replace(/[{}]/g, (brace) => `\\u00${brace.charCodeAt(0).toString(16)}`);
}
