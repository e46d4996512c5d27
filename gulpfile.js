const { readdirSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { Transform } = require('node:stream');
const { dest, parallel, src } = require('gulp');

/** Assets keep their place beside the code that names them. */
const copy = (pattern) => () => src(pattern, { base: '.', encoding: false }).pipe(dest('dist'));

const icons = copy('icons/*.svg');
const codex = copy('nodes/**/*.node.json');

/** Every operation gives the task object, so one schema per service serves all; n8n wants a file for each operation. */
const schemas = () =>
	src('nodes/*/__schema__/task.json', { base: '.' })
		.pipe(
			new Transform({
				objectMode: true,
				transform(file, _encoding, done) {
					const folder = dirname(file.path);
					for (const [resource, operation] of operationsOf(join(folder, '../resources'))) {
						const copied = file.clone();
						copied.path = join(folder, 'v1.0.0', resource, `${operation}.json`);
						this.push(copied);
					}
					done();
				},
			}),
		)
		.pipe(dest('dist'));

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
exports.default = parallel(icons, codex, schemas);
