import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Locator } from 'playwright-core';
import { SANDBOX_OWNER } from '../../sandbox/n8n/client';
import { keyCredential, signingCredential } from './setup/accounts';
import { openBrowser, type Browser } from './setup/browser';
import { Editor } from './setup/editor';
import { open, type Opened } from './setup/surroundings';

let opened: Opened;
let browser: Browser;
let editor: Editor;
const made: string[] = [];

beforeAll(async () => {
	opened = await open();
	browser = await openBrowser();
	editor = new Editor(browser.page, opened.n8nUrl);
	await editor.signIn(SANDBOX_OWNER);
});

afterAll(async () => {
	await browser?.close();
	for (const id of made) await opened.n8n.http.delete(`/rest/credentials/${id}`);
});

/** Opens the window of a new credential with this data; n8n tests it at once. */
async function openCredential(name: string, data: Record<string, string>): Promise<void> {
	const { id } = await opened.n8n.saveCredential('klingApi', name, data);
	made.push(id);
	await browser.page.goto(`${opened.n8nUrl}/home/credentials/${id}`);
	await editor.part('credential-edit-dialog').waitFor();
}

/** The message of the test, which n8n shows in full under "More details". */
async function refusal(code: string): Promise<Locator> {
	const dialog = editor.part('credential-edit-dialog');
	await dialog.getByText('More details').click();
	const answer = dialog.getByText(new RegExp(`code ${code}`)).first();
	await answer.waitFor();
	return answer;
}

describe('the window of the credential', () => {
	it('shows the green answer for a key that works', async () => {
		await openCredential('Kling account', keyCredential(opened.providerUrl));
		await editor.part('credentials-config-container-test-success').waitFor();
		await editor.shot('credential-success');
	});

	it('shows our words for a key that is not accepted: key and region', async () => {
		await openCredential('Kling, wrong key', keyCredential(opened.providerUrl, 'wrong-key'));
		const answer = await refusal('1002');
		expect(await answer.innerText()).toMatch(/key.*region/s);
		await editor.shot('credential-wrong-key');
	});

	it('shows our words for a clock that is slow, and the fields of the signing account', async () => {
		await opened.provider.settings({ clockOffsetMs: 7_200_000 });
		await openCredential('Kling, signed', signingCredential(opened.providerUrl));
		const answer = await refusal('1004');
		expect(await answer.innerText()).toMatch(/clock/);
		await editor.shot('credential-slow-clock');
		await opened.provider.settings({ clockOffsetMs: 0 });
	});
});
