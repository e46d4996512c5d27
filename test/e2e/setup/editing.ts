import type { Locator } from 'playwright-core';
import { afterAll, beforeEach, expect } from 'vitest';

import { SANDBOX_OWNER } from '../../../sandbox/n8n/client';
import { PATIENCE } from '../../harness/patience';
import { openBrowser, type Browser } from './browser';
import { Editor } from './editor';
import { open, type Opened } from './surroundings';

/** The running n8n with its editor in a browser, signed in as its owner. */
export interface Editing {
	opened: Opened;
	browser: Browser;
	editor: Editor;
}

/** For a whole test file: closes the browser at its end, and begins every test with a simulator that remembers nothing. */
export async function openEditor(): Promise<Editing> {
	const opened = await open();
	const browser = await openBrowser();
	afterAll(async () => await browser.close());
	beforeEach(async () => await opened.provider.reset());
	const editor = new Editor(browser.page, opened.n8nUrl);
	await editor.signIn(SANDBOX_OWNER);
	return { opened, browser, editor };
}

/** The parts are shown in that order, from top to bottom, once nothing moves any more. */
export async function expectTopToBottom(parts: Locator[]): Promise<void> {
	for (const part of parts) await part.waitFor();
	const tops = async () => await Promise.all(parts.map(async (part) => (await part.boundingBox())?.y ?? 0));
	const inOrder = (values: number[]) => values.every((top, index) => index === 0 || top >= values[index - 1]!);
	await expect.poll(tops, { ...PATIENCE, message: 'from top to bottom' }).toSatisfy(inOrder);
}
