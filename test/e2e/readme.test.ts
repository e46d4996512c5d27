/** The README's workflow, pasted into an empty canvas, makes an image once its credential is chosen. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { openEditor } from './setup/editing';

const { opened, browser, editor } = await openEditor();

const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
const [, pasted = ''] = /```json\n([^]*?)```/.exec(readme) ?? [];

it('is pasted, gets its credential, and is executed', async () => {
	await browser.page.goto(`${opened.n8nUrl}/workflow/new`);
	await editor.part('canvas-plus-button').waitFor();
	await browser.page.evaluate((text) => {
		const clipboardData = new DataTransfer();
		clipboardData.setData('text/plain', text);
		document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true }));
	}, pasted);
	await editor.node('Generate an image').waitFor();
	await editor.openNode('Generate an image');
	await editor.chooseCredential('Kling sandbox');
	await editor.closePanel();
	await editor.execute('Generate an image');
	await editor.openNode('Generate an image');
	expect(await editor.viewPicture()).toMatchObject({ width: 1024 });
	await editor.shot('readme-pasted');
});
