import type { FastifyInstance, FastifyRequest } from 'fastify';

import type { Control } from '../core/control';
import type { TaskEnd } from '../core/ledger';
import { photoNames, readPhoto } from '../core/photos';

/** Puts the controls on the server, for other processes. */
export function mountControl(server: FastifyInstance, control: Control): void {
	const none = { ok: true };
	server.get('/_sandbox/settings', async () => control.settings());
	server.post('/_sandbox/settings', async (request) => control.settings(json(request, {})));
	server.get('/_sandbox/ledger', async () => control.ledger());
	server.get('/_sandbox/requests', async () => control.requests());
	server.get('/_sandbox/files', async () => control.files());
	server.get('/_sandbox/callbacks', async () => control.callbacks());
	server.post('/_sandbox/reset', async () => (control.reset(), none));
	server.post('/_sandbox/fates', async (request) => (control.fates(json(request, [])), none));
	server.post('/_sandbox/faults', async (request) => (control.faults(json(request, [])), none));
	server.get<{ Params: { taskId: string } }>('/_sandbox/tasks/:taskId', async ({ params }, reply) =>
		reply.code(control.task(params.taskId) ? 200 : 404).send(control.task(params.taskId) ?? { error: 'No such task' }),
	);
	server.post<{ Params: { taskId: string } }>('/_sandbox/tasks/:taskId/finish', async (request, reply) => {
		const { fate, message } = json<{ fate?: TaskEnd; message?: string }>(request, {});
		const entry = await control.finish(request.params.taskId, fate, message);
		return reply.code(entry ? 200 : 404).send(entry ?? { error: 'No such task' });
	});
}

/** Serves the sample photographs under `/_sandbox/photos/`, so that create requests can name URLs. */
export function mountPhotos(server: FastifyInstance): void {
	server.get('/_sandbox/photos', async () => await photoNames());
	server.get<{ Params: { name: string } }>('/_sandbox/photos/:name', async ({ params }, reply) => {
		const photo = await readPhoto(params.name);
		return photo ? reply.type('image/jpeg').send(photo) : reply.code(404).send({ error: 'No such photo' });
	});
}

function json<T>({ body }: FastifyRequest, absent: T): T {
	const text = String(body ?? '');
	return text === '' ? absent : (JSON.parse(text) as T);
}
