import { mkdir } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { N8nClient, SANDBOX_OWNER } from '../n8n/client';
import { filesFolder } from '../n8n/environment';
import { startN8n, type N8nServer } from '../n8n/server';
import type { CredentialReference } from '../n8n/workflow';
import { startProvider } from '../provider/index';
import { simulatorCredentials, simulatorPacks, type CredentialToSave } from './accounts';
import { confirm } from './ask';
import {
	ABOUT_IMAGES,
	addressesOf,
	credentialTypesOf,
	importExample,
	needsCallsOfKling,
	readExamples,
	START_HERE,
	startsOf,
	withSimulatorNote,
	type Example,
	type Places,
} from './examples';
import { Lifetime } from './lifetime';
import { startModel } from './model';
import { servePhotos } from './photos';
import { saveImages } from './images';
import { demoFolder } from './place';
import { choosePort } from './port';
import { isReport, runExample, runsAtOnce, type Delivery } from './runs';
import { chooseService } from './service';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const userFolder = demoFolder(root);
const imagesFolder = join(userFolder, 'images');
const started = Date.now();
/** Images of one workflow that are named, and lines of its report. */
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
	const model = await startModel();
	lifetime.onStop(model.stop);
	wanted.push({ type: 'openAiApi', name: 'Scripted chat model', data: { apiKey: 'none', url: model.url } });
	const photos = await servePhotos();
	lifetime.onStop(photos.stop);

	log('Starting n8n ...');
	const server = await startN8n({ userFolder, port, packageDir: root, log });
	lifetime.onStop(server.stop);
	const n8n = await N8nClient.connect(server.url);
	tellWhere(server);
	const { credentials, working } = await saveCredentials(n8n, wanted);
	const places: Places = { photos: photos.url, files: filesFolder(userFolder) };
	await mkdir(places.files, { recursive: true });
	const examples = await readExamples();
	const ids = new Map<Example, string>();
	for (const example of examples) {
		const noted = simulated(service, example) ? withSimulatorNote(example) : example;
		ids.set(example, await importExample(n8n, noted, places, credentials));
	}
	log(`Imported ${examples.length} example workflows (${elapsed()}).`);

	const reached = (example: Example) => service.kind === 'sandbox' || !needsCallsOfKling(example);
	const atOnce = examples.filter((example) => runsAtOnce(example) && reached(example));
	if (service.kind === 'real' && working.has('klingApi')) {
		const billed = atOnce.filter((example) => credentialTypesOf(example).includes('klingApi') && !isReport(example));
		if (!(await mayBeBilled(service.label, billed.length, options))) working.delete('klingApi');
	}
	const works = (example: Example) => credentialTypesOf(example).every((type) => working.has(type));
	const ready = atOnce.filter(works);
	const run = async (some: Example[]) =>
		await runAll(n8n, some, ids, places, { emptyReports: service.kind === 'real' });
	log(`Running the examples; their images go to ${imagesFolder} ...`);
	// Reports come last, so that there is something to report.
	const delivered = (await run(ready.filter((one) => !isReport(one)))) + (await run(ready.filter(isReport)));
	log(`\n${delivered} of ${ready.length} workflows delivered (${elapsed()}).`);
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
	const first = examples.find(({ key }) => key === START_HERE);
	log();
	log(`Editor      ${editorOf(server)}`);
	if (first) {
		log(`Start here  ${editorOf(server)}/workflow/${ids.get(first)}`);
		const bill = service.kind === 'real' ? '; Kling bills the image to your account' : '';
		log(`            ${first.workflow.name}: press "Execute workflow" and open the last node${bill}`);
	}
	log('Ctrl-C stops everything.');
}

/** How to get into n8n, as soon as it is up: importing and running the examples takes longer than to look around. */
function tellWhere(server: N8nServer): void {
	log(`\nn8n is up (${elapsed()}).`);
	log(`Editor      ${editorOf(server)}`);
	log(`Login       ${SANDBOX_OWNER.email}  ${SANDBOX_OWNER.password}`);
	log(`Data        ${userFolder} (kept for the next start; delete it to begin anew)`);
	log(`Log         ${server.logFile}\n`);
}

function editorOf({ port }: N8nServer): string {
	return `http://localhost:${port}`;
}

/** Whether a simulator answers an example: all of them but Kling's where the user has a key. */
function simulated({ kind }: ReturnType<typeof chooseService>, example: Example): boolean {
	return kind === 'sandbox' || !credentialTypesOf(example).includes('klingApi');
}

/** Starts the simulators; gives the credentials to use, Kling's with the user's own key if there is one. */
async function startSandbox(
	lifetime: Lifetime,
	service: ReturnType<typeof chooseService>,
): Promise<CredentialToSave[]> {
	const provider = await startProvider({ packs: simulatorPacks(Date.now()) });
	lifetime.onStop(provider.stop);
	const which = service.kind === 'real' ? 'Aliyun AI Portrait and PS Task' : 'Kling, Aliyun AI Portrait and PS Task';
	log(`Simulators of ${which} at ${provider.url}: no account is used there and nothing is billed.`);
	log(ABOUT_IMAGES);
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
		`This is the real service (${label}): running its ${count} examples creates one to four tasks each, which Kling bills to your account.`,
	);
	if (runExamples || (await confirm('Run them now?'))) return true;
	log('They are imported but not run; "npm start -- --run-examples" runs them.');
	return false;
}

/**
 * Runs examples side by side; gives the number of those that delivered something. In an account of somebody's there may
 * be nothing to report.
 */
async function runAll(
	n8n: N8nClient,
	examples: Example[],
	ids: Map<Example, string>,
	places: Places,
	{ emptyReports }: { emptyReports: boolean },
): Promise<number> {
	const outcomes = await Promise.all(
		examples.map(async (example) => {
			try {
				const lines = await linesOf(example, await runExample(n8n, example, ids.get(example)!, places));
				log(`\n${example.workflow.name}: ${lines.length > 0 ? 'done' : 'nothing to report'}`);
				for (const line of lines.slice(0, MOST_SHOWN)) log(`  ${line}`);
				if (lines.length > MOST_SHOWN) log(`  and ${lines.length - MOST_SHOWN} more`);
				return lines.length > 0 || emptyReports;
			} catch (error) {
				log(`\n${example.workflow.name}: failed`);
				log(`  ${(error as Error).message}`);
				return false;
			}
		}),
	);
	return outcomes.filter(Boolean).length;
}

/** Saves the images; gives a line for each one, and for each item of a report. */
async function linesOf({ key }: Example, { images, report }: Delivery): Promise<string[]> {
	const saved = await saveImages(join(imagesFolder, key), images);
	return [
		...saved.map(
			({ path, width, height, bytes }) =>
				`${relative(imagesFolder, path)}  ${width} x ${height}  ${bytes.toLocaleString('en')} bytes`,
		),
		...report.map((json) => JSON.stringify(json)),
	];
}

/** Publishes what waits for a call, leaves what polls to the user, and says how each is started. */
async function tellOfWaiting(n8n: N8nClient, examples: Example[], ids: Map<Example, string>): Promise<void> {
	if (examples.length > 0) log('\nThese wait for their trigger:');
	for (const example of examples) {
		const { byForm, byPoll } = startsOf(example);
		if (byPoll.length === 0) await n8n.publish(ids.get(example)!);
		const addresses = addressesOf(n8n.http.url, example).join(' and ');
		const how =
			byPoll.length > 0
				? 'publish it, then press Execute workflow; it reports within a minute'
				: byForm.length > 0
					? `is published; open ${addresses}`
					: `is published; call ${addresses} as its note says`;
		log(`  ${example.workflow.name}: ${how}`);
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
