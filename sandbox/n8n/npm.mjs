// Runs npm and tells how far it is. Plain Node without dependencies: setup.mjs uses it before anything is installed.
import { spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, writeSync } from 'node:fs';
import { delimiter } from 'node:path';

const windows = process.platform === 'win32';
const HEARTBEAT_MS = 10_000;
const QUIET = ['--loglevel=http', '--no-audit', '--no-fund', '--no-update-notifier'];
const GIVE_UP_SOONER = ['--fetch-retry-mintimeout=2000', '--fetch-retry-maxtimeout=10000'];

const OFFLINE =
	/\b(ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ENETUNREACH|EHOSTUNREACH|ETIMEDOUT|ERR_SOCKET_TIMEOUT)\b/;

export function cleanEnv(nodeDir) {
	const env = { ...process.env };
	// npm hands its project's settings (ignore-scripts among them) down to what it starts
	for (const key of Object.keys(env)) {
		if (/^npm_(package_|lifecycle_|config_(ignore_scripts|legacy_peer_deps|local_prefix|omit|global)$)/.test(key)) {
			delete env[key];
		}
	}
	if (nodeDir) env.PATH = `${nodeDir}${delimiter}${env.PATH ?? ''}`;
	return env;
}

export function killTree(child, signal) {
	if (child.pid === undefined) return;
	try {
		process.kill(-child.pid, signal);
	} catch {
		child.kill(signal);
	}
}

export async function runNpm(args, { cwd, what, usually, log, logFile, nodeDir, env }) {
	const started = Date.now();
	const out = openSync(logFile, 'a');
	let requests = 0;
	log(`${what} (usually about ${duration(usually)}) ...`);
	const child = spawn('npm', [...args, ...QUIET, ...GIVE_UP_SOONER], {
		cwd,
		env: { ...cleanEnv(nodeDir), ...env },
		stdio: ['ignore', 'pipe', 'pipe'],
		shell: windows,
		detached: !windows,
	});
	const keep = (chunk) => {
		writeSync(out, chunk);
		requests += (String(chunk).match(/http fetch GET [23]\d\d/g) || []).length;
	};
	child.stdout.on('data', keep);
	child.stderr.on('data', keep);
	let before = 0;
	const heartbeat = setInterval(() => {
		const seconds = Math.round((Date.now() - started) / 1000);
		const doing =
			requests > before ? `, ${requests} answers from the registry so far` : before > 0 ? ', unpacking' : '';
		before = requests;
		log(`  ... ${seconds} s${doing}`);
	}, HEARTBEAT_MS);
	const stop = () => killTree(child, 'SIGTERM');
	process.on('exit', stop);
	try {
		const code = await new Promise((resolve, reject) => {
			child.on('error', reject);
			child.on('close', resolve);
		});
		if (code !== 0) throw new Error(reason(what, code, logFile));
		log(`  done in ${Math.round((Date.now() - started) / 1000)} s`);
	} catch (error) {
		if (error.code === 'ENOENT')
			throw new Error(`${what} failed: the program npm was not found; install it together with Node.js.`);
		throw error;
	} finally {
		clearInterval(heartbeat);
		process.off('exit', stop);
		closeSync(out);
	}
}

function reason(what, code, logFile) {
	const text = readFileSync(logFile, 'utf8');
	const offline = OFFLINE.exec(
		text
			.split('\n')
			.filter((line) => /npm (error|ERR!)/.test(line))
			.join('\n'),
	);
	if (offline) {
		return `${what} failed: the npm registry cannot be reached (${offline[1]}); check the network, the proxy and npm's registry setting, then try again.`;
	}
	return `${what} failed: npm ended with code ${code}; its output is in ${logFile} and ends with\n${text.trimEnd().split('\n').slice(-12).join('\n')}`;
}

function duration(seconds) {
	return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}
