import type { ServiceDefinition } from '../core/service';
import type { Account } from './account';
import { KlingApi } from './api';
import { authenticate, authorizationKind } from './auth';
import { endpoints } from './endpoints';
import { refusal, refusalBody } from './envelope';
import { codeOf, messageOf, Refusal, statusOf } from './errors';
import { klingSettings, type KlingSettings } from './settings';

declare module '../core/extensions' {
	interface ServiceNames {
		kling: true;
	}
	interface ServiceSettings extends KlingSettings {}
	interface ServiceFates {
		/**
		 * How a single read of ai-multi-shot shows its pictures: the spec's way or today's (docs/services/kling.md, AI
		 * Multi-Shot).
		 */
		shape?: 'url' | 'url_n';
		/** false: pictures have no index, as through some relays. */
		index?: boolean;
		/** The task ID is an unquoted JSON number, which most clients will round. */
		sendNumbersAsIds?: boolean;
	}
	interface ServiceFaultKinds {
		/** The list leaves out tasks younger than `ms` (default 2000). */
		lag: true;
		/** The list is out of order. */
		shuffle: true;
	}
	interface SignIns {
		key: true;
		jwt: true;
	}
}

const words = { statusOf, messageOf, codeOf, tooMany: 1302, body: refusalBody };

/** Kling's image API. */
export const kling: ServiceDefinition<Account> = {
	name: 'kling',
	settings: klingSettings,
	fateFields: ['shape', 'index', 'sendNumbersAsIds'],
	faultKinds: { lag: { gentle: true }, shuffle: { gentle: true } },
	start(world) {
		const api = new KlingApi(world);
		const offered = endpoints.flatMap((endpointsOf) => endpointsOf(api));
		const { settings, clock } = world;
		return {
			// docs/services/kling.md, Base URLs
			prefix: '/kling',
			roots: ['/v1/', '/account/'],
			endpoints: offered,
			authorizationOf: ({ headers }) => authorizationKind(headers.authorization),
			admit:
				({ headers }) =>
				async () =>
					await authenticate(headers.authorization, settings.accounts, clock),
			words: () => words,
			refusal: (error) => (error instanceof Refusal ? refusal(error) : undefined),
			internalError: () => refusal(new Refusal(5000)),
			// 1202 for a method that the path does not have, 1203 for a path that does not exist
			unknownPath(path) {
				const known = offered.some((endpoint) => path.startsWith(endpoint.path));
				return refusal(new Refusal(known ? 1202 : 1203));
			},
			failure: (status) => refusal(new Refusal(status < 500 ? codeOf(status) : 5000, undefined, status)),
			clear: () => api.clear(),
		};
	},
};
