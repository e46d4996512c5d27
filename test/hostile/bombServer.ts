/** In a process of its own, so that only what the package holds is measured: answers that are far too large. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

const json = { 'content-type': 'application/json' };
const MB = 2 ** 20;
const packed = gzipSync(Buffer.alloc(300 * MB, ' '), { level: 9 });
const part = Buffer.from(`"${'x'.repeat(MB - 3)}",`);

const server = createServer((request, response) => {
	request.resume();
	if (request.url?.startsWith('/gzip')) {
		response.writeHead(200, { ...json, 'content-encoding': 'gzip' }).end(packed);
		return;
	}
	let left = 400;
	const more = () => {
		while (left > 0 && !response.destroyed) {
			left -= 1;
			if (!response.write(part)) return void response.once('drain', more);
		}
		response.end('1]');
	};
	response.writeHead(200, json).write('[');
	more();
});
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit());
