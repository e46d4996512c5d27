// Keeps n8n from outliving whoever started it: runs the given command in this process's own group and
// ends the whole group when standard input closes, which happens even if the parent is killed.
import { spawn } from 'node:child_process';

const PATIENCE_MS = 10_000;

const [script, ...args] = process.argv.slice(2);
const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'inherit', 'inherit'] });

function killGroup() {
	try {
		process.kill(-process.pid, 'SIGKILL'); // this process too
	} catch {
		child.kill('SIGKILL');
	}
	process.exit(1);
}

let ending = false;
function end() {
	if (ending) return;
	ending = true;
	child.kill('SIGTERM');
	setTimeout(killGroup, PATIENCE_MS);
}

process.stdin.on('end', end).on('close', end).on('error', end).resume();
process.on('SIGTERM', end);
process.on('SIGINT', end);
child.on('error', (error) => {
	console.error(String(error));
	killGroup();
});
child.on('exit', (code, signal) => {
	console.error(`[sandbox] n8n ended (${signal ?? `code ${code}`})`);
	killGroup();
});
