import { Aliyun } from './aliyun/aliyun';
import { mountAliyun } from './aliyun/routes';
import { createControl, mountControl, type Control } from './control';
import { FileLinks } from './file-links';
import { mountFiles } from './files';
import { Kling } from './kling/kling';
import { mountKling } from './kling/routes';
import { mountPhotos } from './photos';
import { Ps } from './ps/ps';
import { mountPs } from './ps/routes';
import { createServer } from './server';
import type { Settings } from './settings';
import { createWorld } from './world';

export type { Account, AliyunAccount, PsAccount } from './accounts';
export type { Control } from './control';
export type { FateName, FateRule } from './fates';
export type { FaultKind, FaultPlace, FaultRule } from './faults';
export type { Authorization, CallbackEntry, FileEntry, RequestEntry, UploadEntry } from './journal';
export type { LedgerEntry, TaskEnd, TaskStatus } from './ledger';
export { containIn, type Rect, type Size } from './pixels/geometry';
export { expansionOf, type Ratios } from './pixels/expansion';
export { layoutOf, type Layout, type LayoutRequest } from './pixels/layout';
export type { ServiceName } from './service';
export type { ResultFormat, Settings } from './settings';
export { sandboxAccount, sandboxAliyunAccount, sandboxPsAccount } from './accounts';

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
	const links = new FileLinks(world);
	const kling = new Kling(world, links);
	const aliyun = new Aliyun(world, links);
	const ps = new Ps(world, links);
	const control = createControl(world, [kling, aliyun, ps]);
	const server = createServer([kling, aliyun, ps]);
	mountKling(server, world, kling);
	mountAliyun(server, world, aliyun);
	mountPs(server, world, ps);
	mountFiles(server, world, links);
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
