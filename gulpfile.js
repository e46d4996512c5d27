const { dest, parallel, src } = require('gulp');

/** Assets keep their place beside the code that names them. */
const copy = (pattern) => () => src(pattern, { base: '.', encoding: false }).pipe(dest('dist'));

const icons = copy('icons/*.svg');
const codex = copy('nodes/**/*.node.json');
const schemas = copy('nodes/**/__schema__/**/*.json');

icons.displayName = 'icons';
codex.displayName = 'codex';
schemas.displayName = 'schemas';

exports.default = parallel(icons, codex, schemas);
