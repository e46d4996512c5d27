import type { N8nClient } from '../../../sandbox/n8n/client';
import type { Workflow, WorkflowNode } from '../../../sandbox/n8n/workflow';

/** A node that makes a data table, which n8n 1.123 cannot do. */
interface Maker {
	tableName: string;
	columns: { column: Array<{ name: string; type?: string }> };
}

const isOfTables = ({ type }: WorkflowNode) => type === 'n8n-nodes-base.dataTable';
const isMaker = (node: WorkflowNode) => isOfTables(node) && node.parameters.resource === 'table';

/**
 * The workflow as a user of n8n 1.123 changes it (examples/README.md): the table is made by hand, the nodes that make it
 * are deactivated, and the others have it chosen.
 */
export async function withTablesByHand(n8n: N8nClient, workflow: Workflow): Promise<Workflow> {
	const tables = new Map<string, string>();
	for (const { name, parameters } of workflow.nodes.filter(isMaker))
		tables.set(name, await tableOf(n8n, parameters as unknown as Maker));
	const nodes = workflow.nodes.map((node) => {
		if (isMaker(node)) return { ...node, disabled: true };
		const chosen = JSON.stringify(node.parameters.dataTableId ?? '');
		const [, value] = [...tables].find(([name]) => chosen.includes(`$('${name}')`)) ?? [];
		if (!isOfTables(node) || value === undefined) return node;
		return { ...node, parameters: { ...node.parameters, dataTableId: { __rl: true, mode: 'list', value } } };
	});
	return { ...workflow, nodes };
}

/** The ID of the table of that name, which is made where it is missing. */
async function tableOf(n8n: N8nClient, { tableName: name, columns }: Maker): Promise<string> {
	const [project] = await n8n.http.get<Array<{ id: string }>>('/rest/projects/my-projects');
	const path = `/rest/projects/${project!.id}/data-tables`;
	const { data } = await n8n.http.get<{ data: Array<{ id: string; name: string }> }>(path);
	const existing = data.find((table) => table.name === name);
	if (existing !== undefined) return existing.id;
	const typed = columns.column.map((column) => ({ name: column.name, type: column.type ?? 'string' }));
	return (await n8n.http.post<{ id: string }>(path, { name, columns: typed })).id;
}
