import { execFile } from 'node:child_process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** Where a service listens. */
export interface Place {
	host: string;
	port: number;
}

/** Where the two services of n8n's queue mode are expected, on their standard ports. */
export const POSTGRES = { host: '127.0.0.1', port: 5432, user: 'postgres' };
export const REDIS: Place = { host: '127.0.0.1', port: 6379 };

const TIMEOUT_MS = 30_000;

/** Rejects with one sentence for each service that does not answer. */
export async function requireServices(redisPlace: Place): Promise<void> {
	const asked = await Promise.allSettled([postgres('postgres', 'select 1'), redis(redisPlace, 'ping')]);
	const silent = asked.flatMap((answer) => (answer.status === 'rejected' ? [(answer.reason as Error).message] : []));
	if (silent.length > 0) throw new Error(silent.join('\n'));
}

/** Runs one SQL statement by psql; the rows' columns as text. Password-free sign-in is expected, as on loopback. */
export async function postgres(database: string, statement: string): Promise<string[][]> {
	const { host, port, user } = POSTGRES;
	const options = ['-h', host, '-p', String(port), '-U', user, '-d', database, '--no-password', '--no-psqlrc'];
	const stdout = await answer('PostgreSQL', addressOf(POSTGRES), 'psql', [
		...options,
		'-v',
		'ON_ERROR_STOP=1',
		'-qAt',
		'-F',
		'\t',
		'-c',
		statement,
	]);
	return stdout
		.split('\n')
		.filter((line) => line !== '')
		.map((line) => line.split('\t'));
}

/** Runs one Redis command by redis-cli, at a place or a Unix socket; the answer's lines. */
export async function redis(at: Place | string, ...command: string[]): Promise<string[]> {
	const [where, options] =
		typeof at === 'string' ? [at, ['-s', at]] : [addressOf(at), ['-h', at.host, '-p', String(at.port)]];
	const stdout = await answer('Redis', where, 'redis-cli', ['-e', ...options, ...command]);
	return stdout.split('\n').filter((line) => line !== '');
}

const addressOf = ({ host, port }: Place) => `${host}:${port}`;

async function answer(service: string, where: string, program: string, args: string[]): Promise<string> {
	try {
		return (await run(program, args, { timeout: TIMEOUT_MS, maxBuffer: 64 * 2 ** 20 })).stdout;
	} catch (error) {
		const { code, stderr = '', message } = error as NodeJS.ErrnoException & { stderr?: string };
		if (code === 'ENOENT')
			throw new Error(`The program ${program} was not found; install ${service} and its command line.`);
		throw new Error(`${service} at ${where} did not do what it was asked: ${stderr.trim() || message}`);
	}
}
