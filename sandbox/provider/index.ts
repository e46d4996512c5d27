import { setTimeout as sleep } from 'node:timers/promises';

import { aliyunPortrait } from './aliyun';
import { createControl, type Control } from './core/control';
import type { Settings } from './core/settings';
import { createWorld } from './core/world';
import { mountApi } from './http/api';
import { mountControl, mountPhotos } from './http/control-routes';
import { mountFiles } from './http/files';
import { createServer } from './http/server';
import { kling } from './kling';
import { psTask } from './ps';

export { sandboxAliyunAccount, type AliyunAccount } from './aliyun/account';
export type { Control } from './core/control';
export type { ServiceName } from './core/extensions';
export type { FateName, FateRule } from './core/fates';
export type { FaultKind, FaultPlace, FaultRule } from './core/faults';
export type { Authorization, CallbackEntry, FileEntry, RequestEntry, UploadEntry } from './core/journal';
export type { LedgerEntry, TaskEnd, TaskStatus } from './core/ledger';
export type { Settings } from './core/settings';
export { sandboxAccount, type Account } from './kling/account';
export type { ResultFormat } from './pixels/encode';
export { expansionOf, type Ratios } from './pixels/expansion';
export { containIn, type Rect, type Size } from './pixels/geometry';
export { layoutOf, type Layout, type LayoutRequest } from './pixels/layout';
export { sandboxPsAccount, type PsAccount } from './ps/account';

/** The simulated services. Paths that are nobody's are answered as the first one answers. */
const services = [kling, aliyunPortrait, psTask] as const;

/** A running provider. */
export interface Provider {
	/** Its origin, e.g. http://127.0.0.1:40123. */
	url: string;
	control: Control;
	/**
	 * Breaks all connections and refuses new ones for a time in ms, as a service does that is restarted; what it has stored
	 * stays. Resolves when it listens again.
	 */
	restart(downMs: number): Promise<void>;
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
	const world = createWorld(services, settings);
	const started = services.map((service) => ({ name: service.name, service: service.start(world) }));
	const running = started.map(({ service }) => service);
	const control = createControl(world, running);
	const server = createServer(running);
	for (const { name, service } of started) mountApi(server, world, name, service);
	mountFiles(server, world);
	mountControl(server, control);
	mountPhotos(server);
	world.origin = await server.listen({ port, host });
	return {
		url: world.origin,
		control,
		async restart(downMs) {
			const { server: http } = server;
			await new Promise<void>((closed) => {
				http.close(() => closed());
				http.closeAllConnections();
			});
			await sleep(downMs);
			await new Promise<void>((listening, failed) => {
				http.once('error', failed);
				http.listen({ port: Number(new URL(world.origin).port), host }, () => {
					http.off('error', failed);
					listening();
				});
			});
		},
		async stop() {
			world.background.stop();
			await server.close();
			await world.images.close();
		},
	};
}
