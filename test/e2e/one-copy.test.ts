/**
 * The installed package and n8n share one n8n-workflow. With a copy of its own the errors of the package would be foreign
 * to n8n, which would reword those of the network and drop their facts.
 */
import { createServer, type AddressInfo } from 'node:net';
import { beforeAll, describe, expect, it } from 'vitest';

import { keyCredential, openPsCredential } from './setup/accounts';
import { open, type Opened } from './setup/surroundings';
import { EXPANSION, KLING, PS, taskWorkflow, TRIGGER } from './setup/workflows';

let opened: Opened;
let closed: string;

beforeAll(async () => {
	opened = await open();
	closed = await closedAddress();
});

/** An address at which nobody listens any more. */
async function closedAddress(): Promise<string> {
	const server = createServer();
	await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
	const { port } = server.address() as AddressInfo;
	await new Promise((done) => server.close(done));
	return `http://127.0.0.1:${port}`;
}

/** What n8n makes of an error that is not one of its own. */
const REWORDED = /perhaps it is offline|retry the request immediately|unknown error/i;

const SUBMIT = {
	resource: 'task',
	operation: 'create',
	imageUrl: '={{ $json.photo }}',
	prompt: '={{ $json.prompt }}',
};

describe('a refused connection', () => {
	it.each([
		[KLING, 'klingApi', EXPANSION, keyCredential, 'Region or Base URL'],
		[PS, 'psTaskApi', SUBMIT, openPsCredential, 'Base URL'],
	] as const)(
		'in %s ends in the words of the package, with its facts as the error data',
		async (node, type, step, of, fields) => {
			const credential = await opened.n8n.saveCredential(type, `Nobody there ${node}`, of(closed));
			const item = { photo: `${opened.photosUrl}/photos/coffee.jpg`, prompt: 'more sea' };
			const workflow = taskWorkflow('One copy', [item], step, credential);
			const { id } = await opened.n8n.importWorkflow(workflow);
			const execution = await opened.n8n.runToEnd(id, TRIGGER);
			expect(execution.status).toBe('error');
			const error = execution.data.resultData.error as Record<string, unknown> | undefined;
			expect(error).toMatchObject({
				name: 'NodeApiError',
				context: { data: { taskState: 'not-created', retryable: expect.any(Boolean) as boolean } },
			});
			expect(error?.message).toBe(`Nothing answers at ${new URL(closed).host}. Check ${fields}.`);
			expect(error?.description).not.toMatch(REWORDED);
		},
	);
});
