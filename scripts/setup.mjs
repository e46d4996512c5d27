// `npm start`, `npm test`, `npm run test:e2e` and so on in a fresh clone: installs and builds what is missing, then runs.
// Plain Node without dependencies, and nothing newer than Node 12 understands: an old Node must get as far as the message.
const [command, ...args] = process.argv.slice(2);
const [major, minor] = process.versions.node.split('.').map(Number);

if (major < 20 || (major === 20 && minor < 19)) {
	console.error('This needs Node.js 20.19 or newer; the one in use is ' + process.versions.node + '.');
	process.exitCode = 1;
} else {
	import('./commands.mjs')
		.then((commands) => commands.main(command, args))
		.catch((error) => {
			console.error(error.message);
			process.exit(1);
		});
}
