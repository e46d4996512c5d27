import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { N8nClient, SANDBOX_OWNER } from './n8n/client';
import { startN8n } from './n8n/server';
import type { CredentialReference } from './n8n/workflow';
import { sandboxAccount } from './provider/accounts';
import { startProvider } from './provider/index';
import { confirm } from './start/ask';
import { importExample, readExamples, runExample, type Example } from './start/examples';
import { Lifetime } from './start/lifetime';
import { servePhotos } from './start/photos';
import { savePictures } from './start/pictures';
import { choosePort } from './start/port';
import { chooseService } from './start/service';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const userFolder = join(root, '.n8n');
const started = Date.now();
const log = (line = '') => console.log(line);

interface Options {
	once: boolean;
	runExamples: boolean;
}

function readOptions(args: string[]): Options {
	const unknown = args.find((arg) => arg !== '--once' && arg !== '--run-examples');
	if (unknown !== undefined) throw new Error(`npm start does not know "${unknown}"; it knows --once and --run-examples.`);
	return { once: args.includes('--once'), runExamples: args.includes('--run-examples') };
}

async function main(lifetime: Lifetime): Promise<void> {
	const options = readOptions(process.argv.slice(2));
	const service = chooseService(process.env);
	const port = choosePort(process.env.N8N_PORT);
	const credentialData = service.kind === 'real' ? service.credential : await startSandbox(lifetime);
	const photos = await servePhotos();
	lifetime.onStop(photos.stop);

	log('Starting n8n ...');
	const server = await startN8n({ userFolder, port, packageDir: root, log });
	lifetime.onStop(server.stop);
	const n8n = await N8nClient.connect(server.url);
	const { credential, works } = await prepareCredential(n8n, service.kind, credentialData);
	const examples = await readExamples();
	const ids = new Map<Example, string>();
	for (const example of examples) ids.set(example, await importExample(n8n, example, photos.url, credential));
	log(`n8n is up with ${examples.length} example workflows (${elapsed()}).`);

	const run = works && (service.kind === 'sandbox' || (await mayBeBilled(service.label, examples.length, options)));
	const delivered = run ? await runAll(n8n, ids) : 0;
	if (options.once) return await lifetime.end(delivered === examples.length ? 0 : 1);
	lifetime.settled = true;
	log();
	log(`Editor   http://localhost:${server.port}`);
	log(`Login    ${SANDBOX_OWNER.email}  ${SANDBOX_OWNER.password}`);
	log(`Log      ${relative(process.cwd(), server.logFile)}`);
	log('Ctrl-C stops everything.');
}

/** Starts the simulator; gives the credential fields that reach it. */
async function startSandbox(lifetime: Lifetime): Promise<Record<string, string>> {
	const provider = await startProvider();
	lifetime.onStop(provider.stop);
	log(`Kling simulator at ${provider.url}: no Kling account is used and nothing is billed.`);
	return { authentication: 'apiKey', apiKey: sandboxAccount.apiKey, region: 'custom', baseUrl: provider.url };
}

async function prepareCredential(
	n8n: N8nClient,
	kind: 'sandbox' | 'real',
	data: Record<string, string>,
): Promise<{ credential: CredentialReference; works: boolean }> {
	const credential = await n8n.saveCredential('klingApi', kind === 'sandbox' ? 'Kling sandbox' : 'Kling account', data);
	const { status, message } = await n8n.testCredential('klingApi', data);
	log(`Credential "${credential.name}": ${message}`);
	return { credential, works: status === 'OK' };
}

async function mayBeBilled(label: string, count: number, { runExamples }: Options): Promise<boolean> {
	log();
	log(`This is the real service (${label}): running the ${count} examples creates ${count} tasks, which Kling bills to your account.`);
	if (runExamples || (await confirm('Run them now?'))) return true;
	log('They are imported but not run; "npm start -- --run-examples" runs them.');
	return false;
}

/** Runs all examples side by side; gives the number of those that delivered pictures. */
async function runAll(n8n: N8nClient, ids: Map<Example, string>): Promise<number> {
	log('Running the examples ...');
	const outcomes = await Promise.all(
		[...ids].map(async ([example, id]) => {
			try {
				const pictures = await savePictures(join(userFolder, 'pictures', example.key), await runExample(n8n, example, id));
				log(`\n${example.workflow.name}: ${pictures.length === 0 ? 'no picture' : 'done'}`);
				for (const { path, width, height, bytes } of pictures) {
					log(`  ${relative(process.cwd(), path)}  ${width} x ${height}  ${bytes.toLocaleString('en')} bytes`);
				}
				return pictures.length > 0;
			} catch (error) {
				log(`\n${example.workflow.name}: failed`);
				log(`  ${(error as Error).message}`);
				return false;
			}
		}),
	);
	const delivered = outcomes.filter(Boolean).length;
	log(`\n${delivered} of ${outcomes.length} workflows delivered pictures (${elapsed()}).`);
	return delivered;
}

function elapsed(): string {
	return `${Math.round((Date.now() - started) / 1000)} s after the start`;
}

const lifetime = new Lifetime(log);
main(lifetime).catch(async (error: unknown) => {
	console.error((error as Error).message);
	await lifetime.end(1);
});
