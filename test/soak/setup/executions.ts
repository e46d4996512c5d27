import type { Execution } from '../../../sandbox/n8n/execution';
import { parseFlatted } from '../../../sandbox/n8n/flatted';
import type { World } from './world';

/** An execution in the list. */
export interface Row {
	id: string;
	workflowId: string;
	status: string;
	mode: string;
	/** The execution that it is a retry of; '' if it is none. */
	retryOf: string;
}

/** How many executions are read at once. */
const BATCH = 50;

/** Every execution of these workflows, oldest first. */
export async function rowsOf({ queue }: World, workflowIds: string[]): Promise<Row[]> {
	const columns = 'id, "workflowId", status, mode, "retryOf"';
	const among = workflowIds.map((id) => `'${id}'`).join(', ');
	const rows = await queue.query(
		`select ${columns} from execution_entity where "workflowId" in (${among}) order by id`,
	);
	return rows.map(([id = '', workflowId = '', status = '', mode = '', retryOf = '']) => ({
		id,
		workflowId,
		status,
		mode,
		retryOf,
	}));
}

/** The data of executions, as n8n has stored them; a database is asked, since a main that reads thousands grows. */
export async function* dataOf({ queue }: World, ids: string[]): AsyncGenerator<[id: string, data: Execution['data']]> {
	for (let from = 0; from < ids.length; from += BATCH) {
		const batch = ids.slice(from, from + BATCH).join(', ');
		const rows = await queue.query(`select "executionId", data from execution_data where "executionId" in (${batch})`);
		for (const [id = '', data = ''] of rows) yield [id, parseFlatted(data) as Execution['data']];
	}
}
