import type { World } from './world';
import { MOST_REMEMBERED } from '../../../nodes/tasks/triggers/polling/seenIds';

/** Characters of a task that a trigger remembers, and room for the cursor itself (nodes/tasks/triggers/polling). */
const PER_TASK = 8;
const CURSOR = 2_000;

/** Most that n8n may keep of one trigger between polls, in characters. */
export const MOST_STATIC = MOST_REMEMBERED * PER_TASK + CURSOR;

/** What n8n keeps of each workflow between executions, in characters, by the workflow's ID; nothing for most. */
export async function staticDataOf({ queue }: World): Promise<Map<string, number>> {
	const rows = await queue.query(
		`select id, length("staticData"::text) from workflow_entity where "staticData" is not null and "staticData"::text <> '{}'`,
	);
	return new Map(rows.map(([id = '', length = '']) => [id, Number(length)]));
}
