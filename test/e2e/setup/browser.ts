import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type Page } from 'playwright-core';

import type { N8nRelease } from '../../../sandbox/n8n/install';
import { PATIENCE } from '../../harness/patience';
import { RELEASE } from './release';

const output = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'output');

/** Where the screenshots of the last run on that line of n8n are: both can run side by side. */
export const screenshotsOf = (release: N8nRelease) => join(output, `n8n-${release}`, 'screenshots');

export const screenshots = screenshotsOf(RELEASE);

const EXECUTABLE = process.env.CHROMIUM_PATH ?? '/usr/bin/chromium';
/** Chromium must not call home: connections to the world are refused where these tests run. */
const FLAGS = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
];
const VIEWPORT = { width: 1440, height: 900 };

export interface Browser {
	page: Page;
	/** Addresses outside this machine that the editor asked for; they are not answered. */
	foreign: string[];
	close(): Promise<void>;
}

/** A headless Chromium with one page that reaches loopback only. */
export async function openBrowser(): Promise<Browser> {
	const chrome = await chromium.launch({ executablePath: EXECUTABLE, headless: true, args: FLAGS });
	const context = await chrome.newContext({ viewport: VIEWPORT });
	const foreign: string[] = [];
	await context.route(/.*/, async (route) => {
		const { protocol, hostname } = new URL(route.request().url());
		if (!protocol.startsWith('http') || hostname === '127.0.0.1') return await route.continue();
		foreign.push(route.request().url());
		await route.abort();
	});
	const page = await context.newPage();
	page.setDefaultTimeout(PATIENCE.timeout);
	return { page, foreign, close: async () => await chrome.close() };
}
