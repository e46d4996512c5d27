import { afterEach, expect, test } from 'vitest';

import { createControl } from '../../../../sandbox/provider/core/control';
import type { ServiceName } from '../../../../sandbox/provider/core/extensions';
import type { FaultKind } from '../../../../sandbox/provider/core/faults';
import type { Service, ServiceDefinition } from '../../../../sandbox/provider/core/service';
import { createWorld, type World } from '../../../../sandbox/provider/core/world';
import { mountApi } from '../../../../sandbox/provider/http/api';
import { createServer } from '../../../../sandbox/provider/http/server';

/** A service that the shared parts have never heard of. */
const name = 'weather' as ServiceName;
const kind = 'hail' as FaultKind;
const json = (status: number, value: unknown) => ({
	status,
	code: null,
	type: 'application/json',
	text: JSON.stringify(value),
});

class Refused extends Error {}

const weather: ServiceDefinition<string> = {
	name,
	settings: {
		defaults: () => ({ token: 'sun' }),
		checks: { token: (value: unknown) => typeof value === 'string' },
		shown: () => ({ token: 'hidden' }),
	},
	fateFields: ['umbrella'],
	faultKinds: { [kind]: {} },
	start: (): Service<string> => ({
		prefix: '/relay',
		roots: ['/weather/'],
		endpoints: [
			{
				method: 'GET',
				path: '/weather/:day',
				on: 'get',
				resource: 'day',
				work(account, { params }) {
					if (params.day === 'never') throw new Refused('No such day');
					return json(200, { account, day: params.day });
				},
			},
		],
		assets: {
			'/icons/': async (file) =>
				file === 'sun.svg' ? { content: Buffer.from('<svg/>'), type: 'image/svg+xml' } : undefined,
		},
		authorizationOf: () => 'none',
		admit:
			({ headers }) =>
			() =>
				String(headers['x-name']),
		words: () => ({
			statusOf: () => 400,
			messageOf: () => 'wrong',
			codeOf: (status) => status,
			body: (code, message) => JSON.stringify({ code, message }),
			tooMany: 429,
			ownFault: () => json(503, { hail: true }),
		}),
		refusal: (error) => (error instanceof Refused ? json(404, { error: error.message }) : undefined),
		internalError: () => json(500, {}),
		unknownPath: (path) => json(404, { path }),
		failure: (status) => json(status, {}),
		clear: () => {},
	}),
};

let world: World;
function start() {
	world = createWorld([weather], {});
	const service = weather.start(world);
	const server = createServer([service]);
	mountApi(server, world, name, service);
	const get = async (url: string) => await server.inject({ url, headers: { 'x-name': 'ann' } });
	return { get, control: createControl(world, [service]) };
}
afterEach(async () => await world.images.close());

test('a service is reached at its own place and under the prefix of relays, and the journal names it', async () => {
	const { get, control } = start();
	for (const prefix of ['', '/relay']) {
		expect((await get(`${prefix}/weather/monday`)).json()).toEqual({ account: 'ann', day: 'monday' });
		expect((await get(`${prefix}/weather/never`)).json()).toEqual({ error: 'No such day' });
		expect((await get(`${prefix}/weather/a/b`)).json()).toEqual({ path: '/weather/a/b' });
	}
	expect((await get('/icons/sun.svg')).headers['content-type']).toBe('image/svg+xml');
	expect((await get('/icons/rain.svg')).statusCode).toBe(404);
	expect(control.requests()).toHaveLength(6);
	expect(control.requests()[0]).toMatchObject({ service: name, resource: 'day', on: 'get', path: '/weather/monday' });
});

test('a service brings settings of its own, whose secrets are not shown', () => {
	const { control } = start();
	expect(control.settings({ token: 'rain' } as object)).toMatchObject({ token: 'hidden', seed: 1 });
	expect(world.settings).toMatchObject({ token: 'rain' });
	expect(() => control.settings({ token: 1 } as object)).toThrow('Invalid value for setting token');
	expect(() => control.settings({ slots: 1 } as object)).toThrow('Unknown setting: slots');
});

test('a service brings kinds of fault and fields of fates of its own', async () => {
	const { get, control } = start();
	control.faults([{ on: 'get', kind, retryAfter: 3, count: 1 }]);
	const spoilt = await get('/weather/monday');
	expect([spoilt.statusCode, spoilt.json(), spoilt.headers['retry-after']]).toEqual([503, { hail: true }, '3']);
	expect((await get('/weather/monday')).statusCode).toBe(200);
	expect(() => control.faults([{ on: 'file', kind }])).toThrow(`Only API calls of ${name} know ${kind}`);
	expect(() => control.faults([{ on: 'list', kind: 'lag' }])).toThrow('Unknown fault: lag');
	expect(() => control.fates([{ umbrella: true } as object])).not.toThrow();
	expect(() => control.fates([{ shape: 'url' }])).toThrow('Unknown rule field: shape');
	expect(() => control.fates([{ match: { service: name }, fate: 'partial' }])).toThrow(
		`Tasks of ${name} are never partial`,
	);
});
