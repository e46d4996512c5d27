/** `npm run pack:all`: the whole pack and one package for each service, in `build/packages`. */
import { statSync } from 'node:fs';
import { relative } from 'node:path';
import { fileURLToPath } from 'node:url';

import { repository } from './manifest.ts';
import { packAll, PACKED } from './pack.ts';

for (const { tarball } of await packAll(PACKED)) {
	const size = Math.round(statSync(tarball).size / 1024);
	console.log(`${relative(fileURLToPath(repository), tarball)} (${size} KB)`);
}
