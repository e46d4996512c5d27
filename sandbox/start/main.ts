import { mkdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { N8nClient, SANDBOX_OWNER } from '../n8n/client';
import { filesFolder } from '../n8n/environment';
import { startN8n } from '../n8n/server';
import type { CredentialReference } from '../n8n/workflow';
import { startProvider } from '../provider/index';
import { simulatorCredentials, type CredentialToSave } from './accounts';
import { confirm } from './ask';
import {
	credentialTypesOf,
	importExample,
	needsCallsOfKling,
	readExamples,
	startsOf,
	type Example,
	type Places,
} from './examples';
import { Lifetime } from './lifetime';
import { servePhotos } from './photos';
import { saveImages } from './images';
import { choosePort } from './port';
import { runExample, runsAtOnce } from './runs';
import { chooseService } from './service';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const userFolder = join(root, '.n8n');
const started = Date.now();
/** Images of one workflow that are named. */
const MOST_SHOWN = 4;
const log = (line = '') => console.log(line);

interface Options {
	once: boolean;
	runExamples: boolean;
}

function readOptions(args: string[]): Options {
	const unknown = args.find((arg) => arg !== '--once' && arg !== '--run-examples');
	if (unknown !== undefined)
		throw new Error(`npm start does not know "${unknown}"; it knows --once and --run-examples.`);
	return { once: args.includes('--once'), runExamples: args.includes('--run-examples') };
}

async function main(lifetime: Lifetime): Promise<void> {
	const options = readOptions(process.argv.slice(2));
	const service = chooseService(process.env);
	const port = choosePort(process.env.N8N_PORT);
	const wanted = await startSandbox(lifetime, service);
	const photos = await servePhotos();
	lifetime.onStop(photos.stop);

	log('Starting n8n ...');
	const server = await startN8n({ userFolder, port, packageDir: root, log });
	lifetime.onStop(server.stop);
	const n8n = await N8nClient.connect(server.url);
	const { credentials, working } = await saveCredentials(n8n, wanted);
	const places: Places = { photos: photos.url, files: filesFolder(userFolder) };
	await mkdir(places.files, { recursive: true });
	const examples = await readExamples();
	const ids = new Map<Example, string>();
	for (const example of examples) ids.set(example, await importExample(n8n, example, places, credentials));
	log(`n8n is up with ${examples.length} example workflows (${elapsed()}).`);

	const reached = (example: Example) => service.kind === 'sandbox' || !needsCallsOfKling(example);
	const atOnce = examples.filter((example) => runsAtOnce(example) && reached(example));
	if (service.kind === 'real' && working.has('klingApi')) {
		const billed = atOnce.filter((example) => credentialTypesOf(example).includes('klingApi'));
		if (!(await mayBeBilled(service.label, billed.length, options))) working.delete('klingApi');
	}
	const works = (example: Example) => credentialTypesOf(example).every((type) => working.has(type));
	const delivered = await runAll(n8n, atOnce.filter(works), ids, places);
	await tellOfWaiting(
		n8n,
		examples.filter((example) => !runsAtOnce(example) && reached(example) && works(example)),
		ids,
	);
	const unreached = examples.filter((example) => !reached(example));
	if (unreached.length > 0)
		log(`\nNot run, since Kling cannot reach this n8n: ${unreached.map(({ workflow }) => workflow.name).join('; ')}`);
	if (options.once) return await lifetime.end(delivered === atOnce.length ? 0 : 1);
	lifetime.settled = true;
	log();
	log(`Editor   http://localhost:${server.port}`);
	log(`Login    ${SANDBOX_OWNER.email}  ${SANDBOX_OWNER.password}`);
	log(`Log      ${relative(process.cwd(), server.logFile)}`);
	log('Ctrl-C stops everything.');
}

/** Starts the simulators; gives the credentials to use, Kling's with the user's own key if there is one. */
async function startSandbox(
	lifetime: Lifetime,
	service: ReturnType<typeof chooseService>,
): Promise<CredentialToSave[]> {
	const provider = await startProvider();
	lifetime.onStop(provider.stop);
	const which = service.kind === 'real' ? 'Aliyun AI Portrait and PS Task' : 'Kling, Aliyun AI Portrait and PS Task';
	log(`Simulators of ${which} at ${provider.url}: no account is used there and nothing is billed.`);
	return simulatorCredentials(provider.url).map((credential) =>
		service.kind === 'real' && credential.type === 'klingApi'
			? { ...credential, name: 'Kling account', data: service.credential }
			: credential,
	);
}

/** Saves the credentials and tests them as n8n does; gives the types of those that work, too. */
async function saveCredentials(n8n: N8nClient, wanted: CredentialToSave[]) {
	const credentials: CredentialReference[] = [];
	const working = new Set<string>();
	for (const { type, name, data } of wanted) {
		credentials.push(await n8n.saveCredential(type, name, data));
		const { status, message } = await n8n.testCredential(type, data);
		log(`Credential "${name}": ${message}`);
		if (status === 'OK') working.add(type);
	}
	return { credentials, working };
}

async function mayBeBilled(label: string, count: number, { runExamples }: Options): Promise<boolean> {
	log();
	log(
		`This is the real service (${label}): running its ${count} examples creates one to three tasks each, which Kling bills to your account.`,
	);
	if (runExamples || (await confirm('Run them now?'))) return true;
	log('They are imported but not run; "npm start -- --run-examples" runs them.');
	return false;
}

/** Runs examples side by side; gives the number of those that delivered images. */
async function runAll(n8n: N8nClient, examples: Example[], ids: Map<Example, string>, places: Places): Promise<number> {
	if (examples.length === 0) return 0;
	log('Running the examples ...');
	const outcomes = await Promise.all(
		examples.map(async (example) => {
			try {
				const delivery = await runExample(n8n, example, ids.get(example)!, places);
				const images = await saveImages(join(userFolder, 'images', example.key), delivery);
				log(`\n${example.workflow.name}: ${images.length === 0 ? 'no image' : 'done'}`);
				for (const { path, width, height, bytes } of images.slice(0, MOST_SHOWN)) {
					log(`  ${relative(process.cwd(), path)}  ${width} x ${height}  ${bytes.toLocaleString('en')} bytes`);
				}
				if (images.length > MOST_SHOWN) log(`  and ${images.length - MOST_SHOWN} more in the same folder`);
				return images.length > 0;
			} catch (error) {
				log(`\n${example.workflow.name}: failed`);
				log(`  ${(error as Error).message}`);
				return false;
			}
		}),
	);
	const delivered = outcomes.filter(Boolean).length;
	log(`\n${delivered} of ${outcomes.length} workflows delivered images (${elapsed()}).`);
	return delivered;
}

/** Publishes what waits for a call, leaves what polls to the user, and says how each is started. */
async function tellOfWaiting(n8n: N8nClient, examples: Example[], ids: Map<Example, string>): Promise<void> {
	if (examples.length > 0) log('\nThese wait for their trigger:');
	for (const example of examples) {
		const {
			byCall: [webhook],
			byPoll,
		} = startsOf(example);
		if (byPoll.length === 0) await n8n.publish(ids.get(example)!);
		const address = `${n8n.http.url}/webhook/${String(webhook?.parameters.path)}`;
		log(
			`  ${example.workflow.name}: ${byPoll.length === 0 ? `is published; call ${address} as its note says` : 'publish it, then press Execute workflow; it reports within a minute'}`,
		);
	}
}

function elapsed(): string {
	return `${Math.round((Date.now() - started) / 1000)} s after the start`;
}

const lifetime = new Lifetime(log);
main(lifetime).catch(async (error: unknown) => {
	console.error((error as Error).message);
	await lifetime.end(1);
});
