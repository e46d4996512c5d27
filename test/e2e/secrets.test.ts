import { beforeAll, describe, expect, it } from 'vitest';
import { readdir, readFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import {
	aliyunHeaderCredential,
	appCodeCredential,
	appKeyCredential,
	keyCredential,
	psHeaderCredential,
	sandboxAccount,
	sandboxAliyunAccount,
	sandboxPsAccount,
	signingCredential,
	tokenCredential,
} from './setup/accounts';
import { open, type Opened } from './setup/surroundings';
import { EDIT, EXPANSION, GENERATION, personPhotos, taskWorkflow, TRIGGER } from './setup/workflows';

/** A key that no service accepts, which errors must not repeat either. */
const WRONG_KEY = 'wrong-key-0123456789abcdef0123456789abcdef';
/** Nothing listens there: the error is the network's own, which holds the whole request. */
const NOWHERE = 'http://127.0.0.1:9';

const SECRETS = {
	'the API key': sandboxAccount.apiKey,
	'the secret key': sandboxAccount.secretKey,
	'the AppCode': sandboxAliyunAccount.appCode,
	'the AppSecret': sandboxAliyunAccount.appSecret,
	"the value of Aliyun's header": sandboxAliyunAccount.headerSecret,
	"the PS service's token": sandboxPsAccount.token,
	"the value of the PS service's header": sandboxPsAccount.headerSecret,
	'the refused key': WRONG_KEY,
};

/** How a signed request of Aliyun's shows what it is signed with. */
const SIGNATURE = /x-ca-signature"?\s*[:=]\s*"?[\w+/]{43}=/i;

const JSON_WEB_TOKEN = /eyJ[\w-]{10,}\.eyJ[\w-]{10,}/;
/** How the middle part of our tokens starts, for files in which n8n keeps tokens of its own. */
const OUR_CLAIMS = Buffer.from(`{"iss":"${sandboxAccount.accessKey}"`).toString('base64url').slice(0, -2);

let opened: Opened;

/** Runs one workflow per credential, well and badly, so that successes and all kinds of errors are stored. */
beforeAll(async () => {
	opened = await open();
	const { n8n, provider, providerUrl, photosUrl } = opened;
	const item = { photo: `${photosUrl}/photos/coffee.jpg`, prompt: 'a calm sea', photos: personPhotos(photosUrl) };
	const runOf =
		(type: string, parameters: Record<string, unknown>) =>
		async (title: string, data: Record<string, string>, wanted: 'success' | 'error') => {
			const credential = await n8n.saveCredential(type, `Secrets: ${title}`, data);
			const workflow = taskWorkflow(title, [item, { ...item, prompt: 'a storm' }], parameters, credential);
			const execution = await n8n.runToEnd((await n8n.importWorkflow(workflow)).id, TRIGGER);
			await n8n.http.delete(`/rest/credentials/${credential.id}`);
			expect(execution.status, title).toBe(wanted);
		};
	const run = runOf('klingApi', EXPANSION);
	const runAliyun = runOf('aliyunMarketApi', GENERATION);
	const runPs = runOf('psTaskApi', EDIT);
	const [key, signing] = [keyCredential(providerUrl), signingCredential(providerUrl)];
	await Promise.all([
		run('API key', key, 'success'),
		run('signed', signing, 'success'),
		run('refused key', keyCredential(providerUrl, WRONG_KEY), 'error'),
		run('unreachable, API key', { ...key, baseUrl: NOWHERE }, 'error'),
		run('unreachable, signed', { ...signing, baseUrl: NOWHERE }, 'error'),
	]);
	const signed = appKeyCredential(providerUrl);
	await provider.settings({ psAuth: 'bearer' });
	await Promise.all([
		runAliyun('AppCode', appCodeCredential(providerUrl), 'success'),
		runAliyun('AppKey', signed, 'success'),
		runAliyun('header', aliyunHeaderCredential(providerUrl), 'success'),
		runAliyun('refused AppCode', appCodeCredential(providerUrl, WRONG_KEY), 'error'),
		runAliyun('refused AppSecret', appKeyCredential(providerUrl, WRONG_KEY), 'error'),
		runAliyun('unreachable, AppCode', appCodeCredential(NOWHERE), 'error'),
		runAliyun('unreachable, AppKey', appKeyCredential(NOWHERE), 'error'),
		runPs('token', tokenCredential(providerUrl), 'success'),
		runPs('refused token', tokenCredential(providerUrl, WRONG_KEY), 'error'),
		runPs('unreachable, token', tokenCredential(NOWHERE), 'error'),
	]);
	await provider.settings({ psAuth: 'header' });
	await runPs('header', psHeaderCredential(providerUrl), 'success');
	await provider.settings({ clockOffsetMs: 7_200_000 });
	await Promise.all([run('expired token', signing, 'error'), runAliyun('expired signature', signed, 'error')]);
	await provider.settings({ clockOffsetMs: 0 });
	await provider.faults([{ on: 'create', kind: 'code', code: 1200, message: 'Bad request' }]);
	await run('refused create', signing, 'error');
	await provider.faults([{ on: 'file', kind: 'status', status: 403 }]);
	await run('dead result', signing, 'error');
	await provider.faults([]);
});

describe('no key, secret or token is kept or told', () => {
	it('in the stored data of any execution, as n8n hands it out', async () => {
		const { results } = await opened.n8n.http.get<{ results: Array<{ id: string }> }>('/rest/executions', {
			params: { limit: 100 },
		});
		expect(results.length).toBeGreaterThanOrEqual(20);
		for (const { id } of results) {
			const { body } = await opened.n8n.http.raw(`/rest/executions/${id}`);
			expectClean(body.toString('utf8'), `execution ${id}`);
		}
	});

	it("in n8n's log", async () => {
		expectClean(await readFile(opened.logFile, 'utf8'), 'the log');
	});

	it("in any file of n8n's folder: database, pictures, settings", async () => {
		const folder = join(opened.userFolder, '.n8n');
		const entries = await readdir(folder, { recursive: true, withFileTypes: true });
		const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
		expect(files.map((file) => relative(folder, file))).toContain('database.sqlite');
		for (const file of files) {
			const content = await readFile(file).catch(() => Buffer.alloc(0)); // a journal may just have gone
			for (const [what, secret] of [...Object.entries(SECRETS), ['a token', OUR_CLAIMS] as const]) {
				expect(content.includes(secret), `${what} in ${relative(folder, file)}`).toBe(false);
			}
		}
	});
});

function expectClean(text: string, where: string): void {
	for (const [what, secret] of Object.entries(SECRETS))
		expect(text.includes(secret), `${what} in ${where}`).toBe(false);
	expect(SIGNATURE.test(text), `a signature in ${where}`).toBe(false);
	expect(JSON_WEB_TOKEN.exec(text)?.[0].slice(0, 12), `a token in ${where}`).toBeUndefined();
}
