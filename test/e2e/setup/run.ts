/** Vitest's global set-up of this tier: one real n8n with the packed package, one simulator of all services, for all files. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { N8nClient } from '../../../sandbox/n8n/client';
import { filesFolder } from '../../../sandbox/n8n/environment';
import type { N8nRelease } from '../../../sandbox/n8n/install';
import { startN8n } from '../../../sandbox/n8n/server';
import { startProvider } from '../../../sandbox/provider';
import { simulatorCredentials } from '../../../sandbox/start/accounts';
import { servePhotos } from '../../../sandbox/start/photos';
import { screenshotsOf } from './browser';
import { releaseOf } from './release';
import type { Surroundings } from './surroundings';

declare module 'vitest' {
	export interface ProvidedContext {
		surroundings: Surroundings;
	}
}

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Tasks of the simulator end within this time unless a test says otherwise, in ms. */
const TASK_MS: [number, number] = [300, 600];

type Stop = () => Promise<void>;

export default async function setup(project: TestProject): Promise<Stop> {
	const stops: Stop[] = [];
	const stopAll = async () => {
		for (const stop of stops.reverse()) await stop();
	};
	try {
		project.provide('surroundings', await start(stops, releaseOf(project.config.env)));
	} catch (error) {
		await stopAll();
		throw error;
	}
	return stopAll;
}

async function start(stops: Stop[], release: N8nRelease): Promise<Surroundings> {
	const screenshots = screenshotsOf(release);
	await rm(screenshots, { recursive: true, force: true });
	await mkdir(screenshots, { recursive: true });
	const userFolder = await mkdtemp(join(tmpdir(), 'kling-e2e-'));
	stops.push(async () => await rm(userFolder, { recursive: true, force: true }));
	const provider = await startProvider({ taskMs: TASK_MS });
	stops.push(provider.stop);
	const photos = await servePhotos();
	stops.push(photos.stop);
	const places = { photos: photos.url, files: filesFolder(userFolder) };
	await mkdir(places.files);
	const server = await startN8n({ userFolder, packageDir: root, release, log: console.log });
	stops.push(server.stop);
	const n8n = await N8nClient.connect(server.url);
	const saved = await Promise.all(
		simulatorCredentials(provider.url).map(
			async ({ type, name, data }) => [type, await n8n.saveCredential(type, name, data)] as const,
		),
	);
	const credentials = Object.fromEntries(saved) as Surroundings['credentials'];
	return {
		n8nUrl: server.url,
		logFile: server.logFile,
		userFolder,
		providerUrl: provider.url,
		photosUrl: photos.url,
		places,
		credentials,
	};
}
