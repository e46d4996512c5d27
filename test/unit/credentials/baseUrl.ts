/** Reads a base URL's expression as n8n does. */
import { workflow as lib } from '../../harness/runtime.ts';

const node = { id: '1', name: 'N', type: 't', typeVersion: 1, position: [0, 0] as [number, number], parameters: {} };
const types = { description: { properties: [] } };
const nodeTypes = { getByName: () => types, getByNameAndVersion: () => types, getKnownTypes: () => ({}) };
const workflow = new lib.Workflow({ nodes: [node], connections: {}, active: false, nodeTypes: nodeTypes as never });

export function resolveBaseUrl(expression: string, credentials: Record<string, unknown>): unknown {
	return workflow.expression.getSimpleParameterValue(node, expression, 'internal', {
		$credentials: credentials,
	} as never);
}
