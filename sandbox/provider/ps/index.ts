import type { ServiceDefinition } from '../core/service';
import type { Settings } from '../core/settings';
import { PsApi } from './api';
import { authenticate, authorizationKind } from './auth';
import { refusal, refusalBody } from './envelope';
import { Refusal } from './errors';
import { psSettings, type PsSettings } from './settings';

declare module '../core/extensions' {
	interface ServiceNames {
		psTask: true;
	}
	interface ServiceSettings extends PsSettings {}
	interface SignIns {
		bearer: true;
		header: true;
	}
}

/** The PS task service (docs/services/ps-task.md). */
export const psTask: ServiceDefinition<void> = {
	name: 'psTask',
	settings: psSettings,
	start(world) {
		const api = new PsApi(world);
		const { settings } = world;
		const failure = (status: number) => refusal(status, failureText(status), settings);
		return {
			prefix: '/ps',
			roots: ['/ps_tasks/'],
			endpoints: [
				{
					method: 'POST',
					path: '/ps_tasks/submit',
					on: 'create',
					resource: 'task',
					work: (_account, { body }) => api.submit(body),
				},
				{
					method: 'GET',
					path: '/ps_tasks/result/:id',
					on: 'get',
					resource: 'task',
					work: (_account, { params }) => api.result(params.id!),
				},
			],
			authorizationOf: ({ headers }) => authorizationKind(headers, settings),
			admit:
				({ headers }) =>
				() =>
					authenticate(headers, settings),
			words: () => wordsOf(settings),
			refusal: (error) => (error instanceof Refusal ? refusal(error.code, error.message, settings) : undefined),
			internalError: () => failure(500),
			unknownPath: () => failure(404),
			failure,
			clear: () => api.clear(),
		};
	},
};

function failureText(status: number): string {
	if (status === 404) return 'Not found';
	return status < 500 ? 'Bad request' : 'Internal error';
}

/** How faults are worded: the code is the HTTP status. */
function wordsOf(settings: Readonly<Settings>) {
	return {
		statusOf: (code: number) => (settings.psRefusalsUnder200 || code < 200 || code > 599 ? 200 : code),
		messageOf: () => 'Internal error',
		codeOf: (status: number) => status,
		tooMany: 429,
		body: (code: number, message: string) => refusalBody(code, message, settings),
	};
}
