import { createControl, mountControl, type Control } from './control';
import { mountFiles } from './kling/files';
import { Kling } from './kling/kling';
import { mountKling } from './kling/routes';
import { mountPhotos } from './photos';
import { createServer } from './server';
import type { Settings } from './settings';
import { createWorld } from './world';

export type { Account } from './accounts';
export type { Control } from './control';
export type { FateName, FateRule } from './fates';
export type { FaultKind, FaultPlace, FaultRule } from './faults';
export type { Authorization, CallbackEntry, FileEntry, RequestEntry } from './journal';
export type { LedgerEntry, TaskStatus } from './ledger';
export { containIn, type Rect, type Size } from './pixels/geometry';
export { expansionOf, type Ratios } from './pixels/expansion';
export { layoutOf, type Layout, type LayoutRequest } from './pixels/layout';
export type { ResultFormat, Settings } from './settings';
export { sandboxAccount } from './accounts';

/** A running provider. */
export interface Provider {
	/** Its origin, e.g. http://127.0.0.1:40123. */
	url: string;
	control: Control;
	/** Closes all connections and ends all work. */
	stop(): Promise<void>;
}

/** Where to listen, beside the settings. */
export interface Address {
	/** 0, the default, lets the system choose. */
	port?: number;
	/** Default 127.0.0.1. */
	host?: string;
}

/** Starts a simulated provider. What it does not reproduce is in sandbox/README.md. */
export async function startProvider(options: Partial<Settings> & Address = {}): Promise<Provider> {
	const { port = 0, host = '127.0.0.1', ...settings } = options;
	const world = createWorld(settings);
	const kling = new Kling(world);
	const control = createControl(world, kling);
	const server = createServer();
	mountKling(server, world, kling);
	mountFiles(server, world, kling);
	mountControl(server, control);
	mountPhotos(server);
	world.origin = await server.listen({ port, host });
	return {
		url: world.origin,
		control,
		async stop() {
			world.background.stop();
			await server.close();
			await world.images.close();
		},
	};
}
