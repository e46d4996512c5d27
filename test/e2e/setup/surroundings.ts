import { inject } from 'vitest';
import { N8nClient } from '../../../sandbox/n8n/client';
import type { CredentialReference } from '../../../sandbox/n8n/workflow';
import type { Places } from '../../../sandbox/start/examples';
import { ProviderControl } from './provider-control';

/** What the global set-up has started, as the test files get to know it. */
export interface Surroundings {
	n8nUrl: string;
	/** Everything n8n prints. */
	logFile: string;
	/** n8n's database, binary data and log lie in it. */
	userFolder: string;
	providerUrl: string;
	/** Serves the sample photographs under `/photos/<name>.jpg`. */
	photosUrl: string;
	/** What the placeholders of the examples stand for. */
	places: Places;
	/** Credentials that work, one of each type, named as `npm start` names them. */
	credentials: Record<'klingApi' | 'aliyunMarketApi' | 'psTaskApi', CredentialReference>;
}

/** The running n8n, signed in as its owner, and the controls of the simulator. */
export interface Opened extends Surroundings {
	n8n: N8nClient;
	provider: ProviderControl;
}

/** To be called in a file's `beforeAll`; the simulator is as after its start. */
export async function open(): Promise<Opened> {
	const surroundings = inject('surroundings');
	const provider = new ProviderControl(surroundings.providerUrl);
	await provider.reset();
	return { ...surroundings, n8n: await N8nClient.connect(surroundings.n8nUrl), provider };
}
