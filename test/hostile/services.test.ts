/**
 * Workflow executions against services that answer every request in a way drawn at random. Whatever they answer, a run
 * ends, says what is true of the paid work, shows no secret and asks nobody else. 600 rounds in CI, 5,000 with
 * `npm run hostile`; HOSTILE_ROUNDS and HOSTILE_SEED set another number and seed.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { INodeExecutionData, INodeParameters } from 'n8n-workflow';
import pLimit from 'p-limit';
import { afterAll, afterEach, expect, it, vi } from 'vitest';

import { startHarness, type Callback, type Run, type RunOptions } from '../harness/index.ts';
import { expectNothingUnhandled, factsOf, file, told } from '../engine/support.ts';
import { Random, ROUNDS, SEED } from './random.ts';
import { HostileService, startWitness, type Name } from './server.ts';

/** Pauses of the package pass so many times as fast: those between tries, and the timeouts of waits and queues. */
const SPEED = 200;
/** Limits of time longer than this, in ms, are those of images and lists: a hundredth of them is enough here. */
const LONG_LIMIT_MS = 2_000;
/** Within this time, in ms, a round must have ended, on any machine. */
const ROUND_MS = 120_000;
const ROUNDS_AT_ONCE = 8;

const LONGEST_MESSAGE = 500;
const LONGEST_HINT = 900;
const STATES = ['not-created', 'may-exist', 'created'];

const n8n = await startHarness({ speed: SPEED });
const witness = await startWitness();
afterAll(async () => {
	witness.close();
	await n8n.stop();
});
afterEach(() => vi.restoreAllMocks());
expectNothingUnhandled();

const totals = {
	runs: 0,
	suspended: 0,
	callbacks: 0,
	items: 0,
	errors: 0,
	creates: 0,
	requests: 0,
	redirects: 0,
	echoes: 0,
	images: 0,
};
afterAll(() => console.log(`hostile (seed ${SEED}): ${JSON.stringify(totals)}`));

type Fields = Record<string, string>;
const CREDENTIALS: Record<Name, { type: string; ways: Array<(number: number) => Fields> }> = {
	kling: {
		type: 'klingApi',
		ways: [
			(number) => ({ region: 'custom', apiKey: `k/y+01!"23456789-${number}` }),
			(number) => ({
				region: 'custom',
				authentication: 'accessKey',
				accessKey: `acc3ss-0123456789-${number}`,
				secretKey: `s3cret-0123456789-${number}`,
			}),
		],
	},
	aliyunPortrait: {
		type: 'aliyunMarketApi',
		ways: [
			(number) => ({ appCodeSecret: `c0de-0123456789abcdef-${number}` }),
			(number) => ({
				authentication: 'appKeySecret',
				appKey: `2039${10_000 + number}`,
				appSecret: `s1gn-0123456789-${number}`,
			}),
			(number) => ({
				authentication: 'header',
				headerName: 'X-Api-Key',
				headerSecret: `Token h34der-0123456789-${number}`,
			}),
		],
	},
	psTask: {
		type: 'psTaskApi',
		ways: [
			(number) => ({ authentication: 'bearer', token: `t0ken-0123456789-${number}` }),
			(number) => ({
				authentication: 'header',
				headerName: 'X-Api-Key',
				headerSecret: `Basic ${Buffer.from(`admin:pa55word-0123456789-${number}`).toString('base64')}`,
			}),
		],
	},
};
const NOT_SECRET = new Set(['authentication', 'headerName', 'region']);

const item = '={{ "item" + $json.number }}';
const image = 'https://example.test/image.png';
const style = { __rl: true, mode: 'id', value: 's' };
const CREATE: Record<Name, INodeParameters> = {
	kling: {
		resource: 'imageExpansion',
		operation: 'create',
		image,
		prompt: item,
		expansionMode: 'ratios',
		upExpansionRatio: 0.5,
	},
	aliyunPortrait: { resource: 'portrait', operation: 'create', userId: item, style },
	psTask: { resource: 'task', operation: 'create', imageUrl: image, prompt: item },
};
/** The photos of a person, uploaded already: the item stands in their paths. */
const trained: INodeParameters = {
	resource: 'userModel',
	operation: 'create',
	photos: '={{ [...Array(8).keys()].map((photo) => `up/item${$json.number}/${photo}.jpg`) }}',
};
const RESOURCE: Record<Name, string> = { kling: 'imageExpansion', aliyunPortrait: 'portrait', psTask: 'task' };
const MANY: Record<Name, INodeParameters | undefined> = {
	kling: { resource: 'imageExpansion', operation: 'getAll', returnAll: true },
	aliyunPortrait: { resource: 'style', operation: 'getAll' },
	psTask: undefined,
};

/** What a round does, drawn from its number. */
function drawRound(name: Name, random: Random) {
	const limits = { queueTimeout: 0.5, timeout: random.pick([0.2, 1]), pollInterval: random.pick([0, 2]) };
	const simplify = random.chance(0.7);
	const requestOptions = { timeout: random.pick([150, 300]) };
	const known = { resource: RESOURCE[name], taskId: '={{ "known" + $json.number }}' };
	const create = (waitForCompletion: boolean) => ({ ...CREATE[name], waitForCompletion, options: limits });
	const suspended = {
		...CREATE[name],
		operation: 'createAndWaitForCallback',
		options: { allowUnreachable: true, queueTimeout: 0.5, timeout: 5 },
	};
	const read = (operation: string) => ({ ...known, operation, options: operation === 'wait' ? limits : {} });
	const parameters: INodeParameters = random.weighted<{ weight: number; parameters: INodeParameters }>([
		{ weight: 4, parameters: create(false) },
		{ weight: 4, parameters: create(true) },
		{ weight: 2, parameters: { ...read('get'), downloadImages: true } },
		{ weight: 2, parameters: read('wait') },
		...(MANY[name] ? [{ weight: 1, parameters: MANY[name] }] : []),
		...(name === 'aliyunPortrait'
			? [
					{ weight: 1, parameters: { resource: 'photo', operation: 'upload', photos: 'data' } },
					{ weight: 2, parameters: { ...trained, waitForCompletion: random.chance(0.5), options: limits } },
				]
			: []),
		...(name === 'psTask' ? [] : [{ weight: 3, parameters: suspended }]),
	]).parameters;
	const onError = random.pick(['continueRegularOutput', 'continueRegularOutput', 'continueErrorOutput', undefined]);
	const retries: Partial<RunOptions> = onError ? {} : { retryOnFail: true, maxTries: 3, waitBetweenTries: 1 };
	const items = Array.from({ length: random.integer(1, 6) }, (_, number) => ({
		json: { number },
		binary: { data: file() },
	}));
	return { parameters: { ...parameters, simplify, requestOptions }, onError, retries, items, simplify };
}

interface Round {
	service: HostileService;
	run: Run;
	secrets: string[];
	parameters: INodeParameters;
	items: number;
	simplify: boolean;
	keyless: boolean;
}

async function playRound(name: Name, number: number): Promise<Round> {
	const random = new Random(SEED, number);
	const { parameters, onError, retries, items, simplify } = drawRound(name, random);
	const { type, ways } = CREDENTIALS[name];
	const fields = random.pick(ways)(number);
	const words = Object.entries(fields).flatMap(([field, value]) => (NOT_SECRET.has(field) ? [] : value.split(' ')));
	const secrets = words.filter(({ length }) => length > 6);
	const goodShare = random.pick([0, 0.3, 0.6, 0.9]);
	const service = new HostileService({ name, random, witness: witness.url, secrets, goodShare });
	await service.start();
	try {
		const running = n8n.run({
			node: `n8n-nodes-kling-aliyun.${name}`,
			parameters,
			items,
			credentials: { [type]: { ...fields, baseUrl: service.baseUrl } },
			executionId: String(number),
			resumeToken: `token-${number}`,
			onError,
			...retries,
		} as RunOptions);
		const ended = running.then(async (run) => (run.status === 'waiting' ? await resumed(run, service, random) : run));
		const stuck = sleep(ROUND_MS, undefined, { ref: false }).then(() => undefined);
		const run = await Promise.race([ended, stuck]);
		if (!run) throw new Error(`It did not end. The service answered ${service.answered.join(', ')}`);
		const keyless = name !== 'kling';
		return { service, run, secrets, parameters, items: items.length, simplify, keyless };
	} finally {
		service.close();
	}
}

/** A callback as anybody may send it, about a task of this service or about nothing. */
function callbackOf({ given }: HostileService, random: Random): unknown {
	const known = random.chance(0.6) && given.size > 0 ? random.pick([...given]) : 'task-of-nobody';
	const task = { task_id: known, id: known, task_status: random.pick(['succeed', 'failed', 'processing', 'odd']) };
	return random.weighted<{ weight: number; body: unknown }>([
		{ weight: 4, body: task },
		{ weight: 1, body: [task] },
		{ weight: 1, body: { ...task, task_result: { images: [{ url: 'http://169.254.169.254/latest' }] } } },
		{ weight: 1, body: { ...task, task_id: { [known]: known } } },
		{ weight: 1, body: 'no JSON' },
		{ weight: 1, body: undefined },
	]).body;
}

/** The end of an execution that waits: callbacks that tell anything, and then its deadline. */
async function resumed(run: Run, service: HostileService, random: Random): Promise<Run> {
	const callbacks = Array.from({ length: random.integer(0, 3) }, () => callbackOf(service, random));
	for (const body of callbacks) {
		const { run: end, thrown } = await n8n.resume(run, { body } as Callback);
		if (thrown !== undefined) throw new Error(`A callback threw ${String(thrown)}`);
		totals.callbacks += 1;
		if (end) return end;
	}
	return await n8n.resumeByTime(run);
}

/** Error and facts of an item, as they are handed on. */
interface Failure {
	message: string;
	facts: Record<string, unknown>;
}

function failureIn({ json }: INodeExecutionData): Failure | undefined {
	// With Simplify off, an answer of the service may say "error" as well.
	const isAnswer = 'code' in json || 'ret' in json;
	if (json.error === undefined || isAnswer) return undefined;
	return { message: json.error as string, facts: json.details as Record<string, unknown> };
}

/** What is wrong with an error, if anything. */
function faultsOf({ message, facts }: Failure): string[] {
	const hint = String(facts?.hint ?? '');
	// What a service says is quoted in brackets or braces, and has sentences of its own.
	const sentences = hint.replace(/\{.*/s, '').match(/[.!?](?=\s+[A-Z]|\s*$)/g) ?? [];
	return [
		typeof message === 'string' && message.length > 0 ? '' : 'has no message',
		[...String(message)].length > LONGEST_MESSAGE ? `message of ${String(message).length} characters` : '',
		STATES.includes(String(facts?.taskState)) ? '' : `taskState ${String(facts?.taskState)}`,
		typeof facts?.retryable === 'boolean' ? '' : 'does not say whether it is retryable',
		hint === '' ? 'has no hint' : '',
		[...hint].length > LONGEST_HINT ? `hint of ${hint.length} characters` : '',
		sentences.length > 3 ? `hint of ${sentences.length} sentences: ${hint}` : '',
	].filter((fault) => fault !== '');
}

/** What an item's facts say against what the service knows to be certain. */
function liesOf({ service, keyless }: Round, number: number, failure: Failure | undefined): string[] {
	const state = failure?.facts?.taskState;
	const creates = service.creates.filter((create) => create.item === `item${number}`);
	const ambiguous = creates.findIndex(({ effect }) => effect === 'ambiguous');
	const story = creates.map(({ answer }) => answer).join(', ');
	const knows = service.given.size > 0 || service.answered.includes('refusal');
	return [
		state === 'not-created' && creates.some(({ effect }) => effect === 'good')
			? `not-created, but it was created (${story})`
			: '',
		state === 'created' && !knows ? `created, but the service told of no task (${story})` : '',
		keyless && state === 'not-created' && ambiguous >= 0 ? `not-created after ${story}` : '',
		keyless && ambiguous >= 0 && ambiguous < creates.length - 1 ? `sent again after no clear answer (${story})` : '',
	].filter((lie) => lie !== '');
}

function leaksOf({ service, run, secrets, simplify }: Round): string[] {
	const text = told(run);
	const own = secrets.flatMap((secret) => [
		secret,
		JSON.stringify(secret).slice(1, -1),
		encodeURIComponent(secret),
		Buffer.from(secret).toString('base64').slice(0, -4),
	]);
	// With Simplify off, what is not the credential's own stays as it was received.
	const signed = [...service.signed].filter((value) => value.length > 6 && (simplify || !value.endsWith('=')));
	const headers = service.imageHeaders.join(' ');
	return [
		...[...own, ...signed].filter((value) => text.includes(value)).map((value) => `tells ${value}`),
		...[...own, ...signed].filter((value) => headers.includes(value)).map((value) => `sent with an image ${value}`),
	];
}

function problemsOf(round: Round): string[] {
	const { run, items, parameters, keyless } = round;
	const outputs = [...run.items, ...run.errorItems];
	const failures = new Map<number, Failure | undefined>();
	for (const output of outputs) {
		const { item: number = 0 } = [output.pairedItem].flat()[0] as { item?: number };
		failures.set(number, failures.get(number) ?? failureIn(output));
	}
	const thrown = run.error && { message: run.error.message, facts: factsOf(run.error) };
	const isDone = run.status === 'success' ? failures.size === items : thrown !== undefined;
	const isList = parameters.operation === 'getAll';
	const found = [...failures.values(), thrown].filter((failure) => failure !== undefined);
	totals.runs += 1;
	totals.items += items;
	if (parameters.operation === 'createAndWaitForCallback') totals.suspended += 1;
	totals.errors += found.length;
	totals.creates += round.service.creates.length;
	totals.requests += round.service.answered.length;
	for (const word of round.service.answered) {
		if (word === 'redirected') totals.redirects += 1;
		if (word === 'echoed') totals.echoes += 1;
		if (word.startsWith('image')) totals.images += 1;
	}
	const sentTwice = keyless && run.status !== 'success';
	return [
		isDone || isList ? '' : `${run.status} with items ${[...failures.keys()].join(', ')} of ${items}`,
		...found.flatMap(faultsOf),
		...(String(parameters.operation).startsWith('create')
			? [...Array(items).keys()].flatMap((number) =>
					liesOf(round, number, failures.get(number) ?? (sentTwice && items === 1 ? thrown : undefined)),
				)
			: []),
		...leaksOf(round),
	].filter((problem) => problem !== '');
}

it.each<Name>(['kling', 'aliyunPortrait', 'psTask'])(
	'%s: whatever it answers, every run ends and tells the truth',
	{ timeout: 3_600_000 },
	async (name) => {
		const real = AbortSignal.timeout.bind(AbortSignal);
		vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => real(ms > LONG_LIMIT_MS ? ms / 100 : ms));
		const lanes = pLimit(ROUNDS_AT_ONCE);
		const problems: string[] = [];
		const rounds = Array.from({ length: Math.ceil(ROUNDS / 3) }, (_, number) => number);
		await Promise.all(
			rounds.map((number) =>
				lanes(async () => {
					try {
						const round = await playRound(name, number);
						const story = `${JSON.stringify(round.parameters)}; answered ${round.service.answered.join(', ')}`;
						problems.push(...problemsOf(round).map((problem) => `Round ${number}: ${problem}; ${story}`));
					} catch (error) {
						problems.push(`Round ${number}: ${String(error)}`);
					}
				}),
			),
		);
		expect([problems.length, ...problems.slice(0, 10)]).toEqual([0]);
		expect(witness.arrived).toEqual([]);
	},
);
