/** Result links that mean harm, and what is behind those that may be asked. */
import type { IncomingMessage, ServerResponse } from 'node:http';

import { photo } from '../engine/support.ts';
import type { Random } from './random.ts';

const GOOD = photo().subarray(0);

const PRIVATE = [
	'http://10.0.0.1/a.png',
	'http://192.168.1.1:9000/a.png',
	'http://172.16.0.1/a.png',
	'http://100.64.1.1/a.png',
	'http://100.100.100.200/latest/meta-data/',
	'http://169.254.169.254/latest/meta-data/iam/',
	'http://2130706434/a.png',
	'http://0x7f.2/a.png',
	'http://0177.0.0.2/a.png',
	'http://127.2/a.png',
	'http://127.0.0.2./a.png',
	'http://[::1]/a.png',
	'http://[::ffff:127.0.0.2]/a.png',
	'http://[fd00:ec2::254]/a.png',
	'http://[64:ff9b::7f00:2]/a.png',
	'http://localhost/a.png',
	'http://metadata.google.internal/computeMetadata/v1/',
	'http://0.0.0.0/a.png',
];

const NO_LINKS = [
	'/a.png',
	'a.png',
	'//127.0.0.2/a.png',
	'file:///etc/passwd',
	'data:image/png;base64,AAAA',
	'http://',
	'',
	' ',
	'http://[',
	'gopher://127.0.0.2/',
	'javascript:1',
	'C:\\a.png',
];

/** What lies behind /img/<kind>. */
const KINDS = {
	good: 6,
	drip: 1,
	dripHeaders: 1,
	noImage: 2,
	empty: 1,
	cut: 1,
	huge: 1,
	html: 1,
	dead: 1,
	broken: 1,
	toWitness: 2,
	toPrivate: 2,
	toFile: 1,
	inCircles: 1,
	thenGood: 1,
	dropped: 1,
};

const weighted = Object.entries(KINDS).map(([kind, weight]) => ({ kind, weight }));

/** A link in a result. */
export function linkOf(random: Random, baseUrl: string, witness: string): string {
	if (random.chance(0.1)) return random.pick(PRIVATE);
	if (random.chance(0.1)) return `${witness}/${random.pick(['a.png', 'a.png?x=1', ''])}`;
	if (random.chance(0.1)) return random.pick(NO_LINKS);
	return `${baseUrl}/img/${random.weighted(weighted).kind}/${random.integer(1, 9)}.png`;
}

interface ImageExchange {
	request: IncomingMessage;
	response: ServerResponse;
	random: Random;
	witness: string;
	note(word: string): void;
}

/** Repeats something until the other side has gone. */
export function untilClosed(response: ServerResponse, everyMs: number, action: () => void): void {
	const timer = setInterval(action, everyMs);
	response.once('close', () => clearInterval(timer));
	response.socket?.once('close', () => clearInterval(timer));
}

/** Answers a request for an image as its link says. */
export function answerImage({ request, response, random, witness, note }: ImageExchange): void {
	const kind = request.url?.split('/')[2] ?? '';
	note(`image: ${kind}`);
	const to = (location: string) => response.writeHead(random.pick([301, 302, 303, 307, 308]), { location }).end();
	const png = { 'content-type': 'image/jpeg' };
	switch (kind) {
		case 'drip':
			response.writeHead(200, png).write(GOOD.subarray(0, 64));
			return untilClosed(response, 20, () => response.write('x'));
		case 'dripHeaders':
			response.socket?.write('HTTP/1.1 200 OK\r\n');
			return untilClosed(response, 20, () => response.socket?.write('X-A: a\r\n'));
		case 'noImage':
			return void response.writeHead(200, png).end(random.bytes(200));
		case 'empty':
			return void response.writeHead(200, png).end();
		case 'cut':
			response.writeHead(200, { ...png, 'content-length': GOOD.length }).write(GOOD.subarray(0, 1_000));
			return void setTimeout(() => response.destroy(), 5);
		case 'huge':
			return void response.writeHead(200, { ...png, 'content-length': 60 * 2 ** 20 }).write(GOOD);
		case 'html':
			return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>BM</html>');
		case 'dead':
			return void response.writeHead(random.pick([403, 404, 410])).end();
		case 'broken':
			return void response.writeHead(random.pick([500, 502, 204, 206, 418])).end();
		case 'toWitness':
			return void to(`${witness}/a.png`);
		case 'toPrivate':
			return void to(random.pick(PRIVATE));
		case 'toFile':
			return void to(random.pick(NO_LINKS) || '/');
		case 'inCircles':
			return void to(request.url ?? '/img/inCircles');
		case 'thenGood':
			return void to('/img/good/1.png');
		case 'dropped':
			return void response.destroy();
		default:
			return void response.writeHead(200, png).end(GOOD);
	}
}
