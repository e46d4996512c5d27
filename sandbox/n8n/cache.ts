import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from './npm.mjs';

const BEAT_MS = 5_000;
const STALE_MS = 60_000;
const READY = 'ready.json';

/** The folder that all clones of this repository share. */
export function cacheRoot(): string {
	const base = process.env.XDG_CACHE_HOME;
	return join(base !== undefined && base !== '' ? base : join(homedir(), '.cache'), 'n8n-nodes-kling-aliyun');
}

/**
 * A folder in the cache that is either complete or not there: `fill` works in a temporary folder,
 * which is renamed when it has succeeded. Clones that want it at the same time wait for the first.
 */
export async function cached(name: string, fill: (folder: string) => Promise<void>, log: Log): Promise<string> {
	const target = join(cacheRoot(), name);
	if (await isReady(target)) return target;
	await mkdir(dirname(target), { recursive: true });
	const release = await lock(`${target}.lock`, log);
	try {
		if (await isReady(target)) return target;
		await removeLeftovers(target);
		const folder = `${target}.tmp-${process.pid}-${randomBytes(3).toString('hex')}`;
		await mkdir(folder);
		await fill(folder);
		await writeFile(join(folder, READY), JSON.stringify({ finished: new Date().toISOString() }));
		await rename(folder, target).catch(async (error: unknown) => {
			if (!(await isReady(target))) throw error;
		});
		return target;
	} finally {
		await release();
	}
}

async function isReady(folder: string): Promise<boolean> {
	return await stat(join(folder, READY)).then(
		() => true,
		() => false,
	);
}

/** What an interrupted installation left behind; the last one's log stays readable until then. */
async function removeLeftovers(target: string): Promise<void> {
	for (const entry of await readdir(dirname(target))) {
		const leftover = entry === basename(target) || entry.startsWith(`${basename(target)}.tmp-`);
		if (leftover) await rm(join(dirname(target), entry), { recursive: true, force: true });
	}
}

/**
 * A lock between processes: a file whose time its owner renews. It only saves double work; that no
 * half-finished folder is ever used is the rename's doing.
 */
async function lock(file: string, log: Log): Promise<() => Promise<void>> {
	const owner = JSON.stringify({ host: hostname(), pid: process.pid });
	for (let told = false; ;) {
		const taken = await writeFile(file, owner, { flag: 'wx' }).then(
			() => false,
			(error: NodeJS.ErrnoException) => {
				if (error.code === 'EEXIST') return true;
				throw error;
			},
		);
		if (!taken) break;
		if (await isAbandoned(file)) {
			await rm(file, { force: true });
			continue;
		}
		if (!told) log('Another process is installing the same thing; waiting for it ...');
		told = true;
		await sleep(1_000);
	}
	const beat = setInterval(() => {
		const now = new Date();
		utimes(file, now, now).catch(() => undefined);
	}, BEAT_MS);
	beat.unref();
	return async () => {
		clearInterval(beat);
		await rm(file, { force: true });
	};
}

async function isAbandoned(file: string): Promise<boolean> {
	try {
		if (Date.now() - (await stat(file)).mtimeMs > STALE_MS) return true;
		const owner = JSON.parse(await readFile(file, 'utf8')) as { host: string; pid: number };
		return owner.host === hostname() && !isAlive(owner.pid);
	} catch {
		return false; // just released, or just being written: ask again
	}
}

function isAlive(pid: number): boolean {
	try {
		process.kill(pid, 0);
		return true;
	} catch (error) {
		return (error as NodeJS.ErrnoException).code === 'EPERM';
	}
}
