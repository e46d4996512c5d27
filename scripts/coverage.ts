/** Writes docs/coverage.md from the built nodes, or fails when it has drifted (`--check`). */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';

import { allOperations, proofOf } from './operations.ts';

const file = new URL('../docs/coverage.md', import.meta.url);
const present = existsSync(file) ? readFileSync(file, 'utf8') : '';
const wanted = `# Coverage

Every operation of every node, the request behind it, and the test that proves it. Written by \`npm run coverage\`.

${table()}
`;

if (!process.argv.includes('--check')) writeFileSync(file, wanted);
else if (present === wanted) console.log('docs/coverage.md matches the nodes: 1 passed, 0 failed');
else {
	console.error('docs/coverage.md has drifted from the nodes. Run: npm run coverage');
	process.exitCode = 1;
}

function table(): string {
	const rows = allOperations().map(
		({ node, nodeLabel, resource, resourceLabel, operation, operationLabel, method, path }) =>
			`| ${nodeLabel} | ${resourceLabel} | ${operationLabel} (\`${operation}\`) | \`${method} ${path}\` | ${proof(node, resource, operation)} |`,
	);
	return ['| Node | Resource | Operation | Endpoint | Proved by |', '| --- | --- | --- | --- | --- |', ...rows].join(
		'\n',
	);
}

/** The test that proves an operation. An operation without one must not pass unseen. */
function proof(node: string, resource: string, operation: string): string {
	const file = proofOf(node);
	if (file) return `[${resource} ${operation}](../${file})`;
	console.error(`Nothing proves ${node}: ${resource} ${operation}.`);
	process.exitCode = 1;
	return 'nothing yet';
}
