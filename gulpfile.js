const { existsSync, readdirSync, readFileSync } = require('node:fs');
const { rm } = require('node:fs/promises');
const { dirname, join, relative } = require('node:path');
const { Transform } = require('node:stream');
const { nodeResolve } = require('@rollup/plugin-node-resolve');
const { dest, parallel, series, src } = require('gulp');
const { rollup } = require('@rollup/wasm-node');
const { n8n } = require('./package.json');

const clean = async () => await rm('dist', { recursive: true, force: true });

/**
 * The files that n8n loads, and one for each folder of what they share: loading many small ones would take most of the
 * 30 ms that the package may cost n8n's start (bench f). tsc has written the modules to build/.
 */
async function code() {
	const entries = [...n8n.nodes, ...n8n.credentials].map((file) => file.replace(/^dist\/(.*)\.js$/, '$1'));
	const bundle = await rollup({
		input: Object.fromEntries(entries.map((entry) => [entry, `build/${entry}.js`])),
		external: ['n8n-workflow', 'crypto'],
		plugins: [nodeResolve()],
	});
	await bundle.write({
		dir: 'dist',
		format: 'cjs',
		exports: 'named',
		entryFileNames: '[name].js',
		chunkFileNames: '[name].js',
		minifyInternalExports: false,
		manualChunks(id) {
			// By itself, so that a test can let the loaded package's time run faster.
			if (id.endsWith('build/nodes/tasks/clock.js')) return 'nodes/tasks/clock';
			const [top, folder] = relative('build', id).split('/');
			const isEntry = entries.some((entry) => id.endsWith(`build/${entry}.js`));
			return isEntry ? undefined : top === 'nodes' ? `nodes/${folder}/${folder}.shared` : `${top}/${top}.shared`;
		},
	});
}

/** Assets keep their place beside the code that names them. */
const copy = (pattern) => () => src(pattern, { base: '.', encoding: false }).pipe(dest('dist'));

const icons = copy('icons/*.svg');
const codex = copy('nodes/**/*.node.json');

/**
 * Operations and triggers give the task object, so one schema per service serves all but the resources that have one of
 * their own; n8n wants a file for each.
 */
const schemas = () =>
	src('nodes/*/__schema__/task.json', { base: '.' })
		.pipe(
			new Transform({
				objectMode: true,
				transform(file, _encoding, done) {
					const folder = dirname(file.path);
					for (const { resource, name } of uses(join(folder, '..'))) {
						const copied = file.clone();
						const own = join(folder, `${resource}.json`);
						if (existsSync(own)) copied.contents = readFileSync(own);
						copied.path = join(folder, `${name}.json`);
						this.push(copied);
					}
					done();
				},
			}),
		)
		.pipe(dest('dist'));

/** What gives something: operations of resources, and triggers, which have neither. */
function uses(node) {
	const operations = operationsOf(join(node, 'resources')).map(([resource, operation]) => ({
		resource,
		name: join('v1.0.0', resource, operation),
	}));
	const hasTrigger = readdirSync(node).some((name) => name.endsWith('Trigger.node.ts'));
	return hasTrigger ? [...operations, { name: 'v1.0.0' }] : operations;
}

/** Operations are files of a resource's folder; index and endpoint are none. */
function operationsOf(folder) {
	return readdirSync(folder, { withFileTypes: true })
		.filter((entry) => entry.isDirectory())
		.flatMap(({ name }) =>
			readdirSync(join(folder, name))
				.map((file) => file.replace(/\.ts$/, ''))
				.filter((operation) => !['index', 'endpoint'].includes(operation))
				.map((operation) => [name, operation]),
		);
}

exports.icons = icons;
exports.codex = codex;
exports.schemas = schemas;
exports.default = series(clean, parallel(code, icons, codex, schemas));
