/** A service on premises has its results on another private host: the credential says which. */
import { expect, it } from 'vitest';

import { isN8n1 } from '../../harness/index.ts';
import { knowNames, startImageServer } from '../imageServer.ts';
import { errorOf, factsOf, itemsOf, on, photo, psCredentials, start, submit } from './support.ts';

const { run, control, provider } = await start();
const { state, port, at } = await startImageServer((response) => void response.writeHead(200).end(photo()));
knowNames({ minio: '127.0.0.4' });

it.each(['127.0.0.4', 'localhost'])('a result on %s: refused, allowed by the credential, and got', async (host) => {
	control.settings({ resultBaseUrl: at(host) });
	const error = errorOf(await run(submit()));
	expect(error.message).toBe(`The image is on a private address (${host}:${port}) (image 1 of the task)`);
	expect(error.description).toMatch(/^Add it to Private Image Hosts in the credential\. /);
	const { taskId } = factsOf(error);
	expect(factsOf(error)).toMatchObject({ taskState: 'created', taskId: control.ledger()[0]?.taskId });
	expect(state.asked).toEqual([]);
	const credentials = psCredentials(provider.url, { privateImageHosts: `minio, ${host}:${port}` });
	const parameters = on('get', { taskId: String(taskId), downloadImages: true });
	const [item] = itemsOf(await run(parameters, { credentials }));
	expect(Object.keys(item?.binary ?? {})).toEqual(['image']);
	expect(control.ledger()).toHaveLength(1);
});

// n8n 1.x cannot look names up (SECURITY.md, Addresses of images).
if (!isN8n1) {
	it('a Docker name counts by its address where n8n can look it up', async () => {
		control.settings({ resultBaseUrl: at('minio') });
		for (const privateImageHosts of ['', '10.0.0.0/8', 'mini', 'minio:1']) {
			const error = errorOf(await run(submit(), { credentials: psCredentials(provider.url, { privateImageHosts }) }));
			expect(error.message).toContain(`private address (minio:${port})`);
		}
		expect(state.asked).toEqual([]);
	});
}
