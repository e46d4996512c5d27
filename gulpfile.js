const { existsSync, readFileSync } = require('node:fs');
const { rm } = require('node:fs/promises');
const { basename, dirname, join, relative } = require('node:path');
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
			if (id.endsWith('build/nodes/tasks/util/clock.js')) return 'nodes/tasks/util/clock';
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
 * Operations and triggers give the task object, so one schema per service serves all but the resources and operations
 * that have one of their own; n8n wants a file for each operation that the built nodes declare.
 */
const schemas = () =>
	src('nodes/*/__schema__/task.json', { base: '.' })
		.pipe(
			new Transform({
				objectMode: true,
				transform(file, _encoding, done) {
					const folder = dirname(file.path);
					for (const { resource, operation, name } of usesOf(dirname(folder))) {
						const copied = file.clone();
						const files = [`${resource}/${operation}.json`, `${resource}.json`].map((own) => join(folder, own));
						const own = files.find((one) => existsSync(one));
						if (own) copied.contents = readFileSync(own);
						copied.path = join(folder, `${name}.json`);
						this.push(copied);
					}
					done();
				},
			}),
		)
		.pipe(dest('dist'));

/** What gives something: the operations that the nodes of a service declare, and triggers, which have none. */
function usesOf(service) {
	const files = n8n.nodes.filter((file) => file.startsWith(`dist/nodes/${basename(service)}/`));
	return files.flatMap((file) => {
		const [Node] = Object.values(require(join(__dirname, file)));
		const { properties } = new Node().description;
		const operations = properties.filter(({ name }) => name === 'operation');
		if (operations.length === 0) {
			// n8n asks for the schema of a trigger by its parameter Resource, if it has one.
			const resources = properties.filter(({ name }) => name === 'resource').flatMap(({ options }) => options);
			const names = ['v1.0.0', ...resources.map(({ value }) => join('v1.0.0', value))];
			return names.map((name) => ({ resource: 'trigger', name }));
		}
		return operations.flatMap(({ displayOptions, options }) =>
			displayOptions.show.resource.flatMap((resource) =>
				options.map(({ value }) => ({ resource, operation: value, name: join('v1.0.0', resource, value) })),
			),
		);
	});
}

exports.icons = icons;
exports.codex = codex;
exports.schemas = schemas;
exports.default = series(clean, code, parallel(icons, codex, schemas));
