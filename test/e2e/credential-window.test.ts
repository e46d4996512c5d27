import { afterAll, describe, expect, it } from 'vitest';
import type { Locator } from 'playwright-core';
import {
	appCodeCredential,
	keyCredential,
	openPsCredential,
	signingCredential,
	tokenCredential,
} from './setup/accounts';
import { openEditor } from './setup/editing';
import { RELEASE } from './setup/release';

const { opened, browser, editor } = await openEditor();
const made: string[] = [];

afterAll(async () => {
	for (const id of made) await opened.n8n.http.delete(`/rest/credentials/${id}`);
});

/** Opens the window of a new credential with this data; n8n tests it at once. */
async function openCredential(type: string, name: string, data: Record<string, string>): Promise<void> {
	const { id } = await opened.n8n.saveCredential(type, name, data);
	made.push(id);
	await browser.page.goto(`${opened.n8nUrl}/home/credentials/${id}`);
	await editor.part('credential-edit-dialog').waitFor();
}

/** The message of the test, which n8n shows in full under "More details". */
async function refusal(words: RegExp): Promise<Locator> {
	const dialog = editor.part('credential-edit-dialog');
	await dialog.getByText('More details').click();
	const answer = dialog.getByText(words).first();
	await answer.waitFor();
	return answer;
}

describe('the window of the Kling credential', () => {
	it('shows the green answer for a key that works', async () => {
		await openCredential('klingApi', 'Kling account', keyCredential(opened.providerUrl));
		await editor.part('credentials-config-container-test-success').waitFor();
		await editor.shot('credential-success');
	});

	it('shows our words for a key that is not accepted: key and region', async () => {
		await openCredential('klingApi', 'Kling, wrong key', keyCredential(opened.providerUrl, 'wrong-key'));
		const answer = await refusal(/code 1002/);
		expect(await answer.innerText()).toMatch(/key.*region/s);
		await editor.shot('credential-wrong-key');
	});

	it('shows our words for a clock that is slow, and the fields of the signing account', async () => {
		await opened.provider.settings({ clockOffsetMs: 7_200_000 });
		await openCredential('klingApi', 'Kling, signed', signingCredential(opened.providerUrl));
		const answer = await refusal(/code 1004/);
		expect(await answer.innerText()).toMatch(/clock/);
		await editor.shot('credential-slow-clock');
	});
});

const success = async () => await editor.part('credentials-config-container-test-success').waitFor();

describe('the window of the Aliyun credential', () => {
	it('shows the green answer for an AppCode that works, and what the test costs', async () => {
		await openCredential('aliyunMarketApi', 'Aliyun Market account', appCodeCredential(opened.providerUrl));
		await success();
		await editor
			.part('credential-edit-dialog')
			.getByText(/uses one call of your package/)
			.waitFor();
		await editor.shot('credential-aliyun-success');
	});

	it('shows our words for an AppCode that is not accepted', async () => {
		await openCredential(
			'aliyunMarketApi',
			'Aliyun, wrong AppCode',
			appCodeCredential(opened.providerUrl, 'wrong-app-code'),
		);
		// n8n 1.x keeps the status from the test.
		const answer = await refusal(RELEASE === '1.x' ? /no reason is told/ : /HTTP 40[0-9]/);
		expect(await answer.innerText()).toMatch(/AppCode/);
		await editor.shot('credential-aliyun-wrong-app-code');
	});
});

describe('the window of the PS credential', () => {
	it('shows the green answer for an address that works', async () => {
		await openCredential('psTaskApi', 'PS Task account', openPsCredential(opened.providerUrl));
		await success();
		await editor.shot('credential-ps-success');
	});

	it('shows our words for a token that is not accepted', async () => {
		await opened.provider.settings({ psAuth: 'bearer' });
		await openCredential('psTaskApi', 'PS, wrong token', tokenCredential(opened.providerUrl, 'wrong-token'));
		const answer = await refusal(RELEASE === '1.x' ? /code 40[0-9]/ : /HTTP 40[0-9]/);
		expect(await answer.innerText()).toMatch(/token/);
		await editor.shot('credential-ps-wrong-token');
	});
});

describe('what is malformed is said in the window before anything is sent', () => {
	it.each([
		['psTaskApi', 'an address without https', openPsCredential('ps.example.com'), /Base URL.*is not an address/],
		['aliyunMarketApi', 'a query', appCodeCredential('https://a.test/?id=1'), /Base URL.*holds "\?" or "#"/],
		['klingApi', 'a password', keyCredential('https://me:secret@a.test'), /Base URL.*holds a user or a password/],
		['klingApi', 'a key of two lines', keyCredential(opened.providerUrl, 'key\nkey'), /API Key.*contains a line break/],
	])('%s: %s', async (type, title, data, words) => {
		await openCredential(type, `Malformed: ${title}`, data);
		await refusal(words);
		await editor.shot(`credential-malformed-${title.replaceAll(' ', '-')}`);
		expect(await opened.provider.requests()).toEqual([]);
	});
});
