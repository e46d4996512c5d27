// Started by load.ts: prints how long the files of a package take to load, in ms. Without files: all that its manifest names.
const { createRequire } = require('node:module');
const { join } = require('node:path');

const [folder, ...files] = process.argv.slice(2);
const requireThere = createRequire(join(folder, 'package.json'));
requireThere('n8n-workflow');
const { n8n } = requireThere('./package.json');
const paths = (files.length > 0 ? files : [...n8n.nodes, ...n8n.credentials]).map((file) => join(folder, file));

const start = performance.now();
for (const path of paths) requireThere(path);
console.log(performance.now() - start);
